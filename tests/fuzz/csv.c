/* The CSV reader; the delimiter is found out, so that this is covered too. */
#include "rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cyn_source_spec spec = {.name = "fuzz", .kind = CYN_SOURCE_CSV};
    static const cyn_source_file file = {.spec = &spec, .path = "fuzz.csv", .shown = "fuzz.csv"};
    read_rows(cyn_csv_open, &file, data, size);
    return 0;
}
