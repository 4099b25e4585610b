/* Inputs: the files behind a source, and how to know that they are what they were.
 *
 * A file changed a moment ago may change again without its stamp (base/stamp.h) showing it:
 * cyn_inputs_find() lets a tick of the file system's clock pass, at most once, and says of inputs
 * that still are on the move, or whose times are too coarse, that they are not `settled`.
 *
 *     CYN_TRY(cyn_inputs_find(&spec, arena, &inputs, err));
 *     … load …
 *     if (inputs.settled && cyn_inputs_unchanged(&inputs)) …   // what was loaded can be kept
 */
#pragma once
#include "base/buf.h"
#include "source/source.h"
#include "store/cache.h"

#define CYN_HASH_SIZE 65 /* hexadecimal digits of SHA-256, and a NUL */

typedef struct cyn_inputs {
    cyn_file_stamp *stamps; /* path: as matched, the name for a spec that means this file alone */
    const char **paths;     /* to open */
    size_t count;
    int64_t bytes;
    bool settled;
} cyn_inputs;

/* In the order in which a load reads them; of a database also the journals beside it. */
CYN_NODISCARD cyn_code cyn_inputs_find(const cyn_source_spec *spec, cyn_arena *arena,
                                       cyn_inputs *out, cyn_err *err);
bool cyn_inputs_unchanged(const cyn_inputs *in);
/* The machine's start, as a text that no other start has; "" where the system does not say. */
void cyn_boot_id(char *out, size_t size);
/* A hash of all that decides what a load reads out of its inputs: the spec, the zone's rules, and
 * the version of the program; 64 hexadecimal digits. */
CYN_NODISCARD cyn_code cyn_spec_hash(const cyn_source_spec *spec, char out[CYN_HASH_SIZE],
                                     cyn_err *err);
/* The same of a spec's hash and some inputs, the first from byte `from` on: what is under one key
 * was read out of the same. */
CYN_NODISCARD cyn_code cyn_inputs_key(const char *spec, const cyn_file_stamp *inputs, size_t n,
                                      int64_t from, char out[CYN_HASH_SIZE], cyn_err *err);
