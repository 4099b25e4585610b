/* The NDJSON reader. */
#include "rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cyn_source_spec spec = {.name = "fuzz", .kind = CYN_SOURCE_NDJSON};
    static const cyn_source_file file = {
        .spec = &spec, .path = "fuzz.ndjson", .shown = "fuzz.ndjson"};
    read_rows(cyn_ndjson_open, &file, data, size);
    return 0;
}
