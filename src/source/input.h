/* Input: the bytes of one file, decompressed and in UTF-8, a block at a time.
 *
 * Plain, gzip (also of several members) and Zstandard files are told apart by their first bytes,
 * never by their names. With an encoding, bytes that do not belong to it become 0xFF, which is
 * never valid UTF-8, so that the row that holds them is reported as bad. A file that grows while it
 * is read is read up to `limit` bytes, so that two passes see the same. One thread per input.
 *
 *     cyn_input *in;
 *     CYN_TRY(cyn_input_open("visits.csv.gz", NULL, -1, &in, err));
 *     while (!(rc = cyn_input_read(in, block, sizeof block, &n, err)) && n > 0) …
 *     cyn_input_close(in);
 */
#pragma once
#include "base/err.h"
#include <stdint.h>

typedef struct cyn_input cyn_input;

/* encoding NULL: UTF-8. limit: bytes of the file to read at most, -1 = all. */
CYN_NODISCARD cyn_code cyn_input_open(const char *path, const char *encoding, int64_t limit,
                                      cyn_input **out, cyn_err *err);
/* Reads from memory (tests, fuzzing); `data` must live as long as the input. */
CYN_NODISCARD cyn_code cyn_input_open_bytes(const void *data, size_t size, const char *encoding,
                                            cyn_input **out, cyn_err *err);
void cyn_input_close(cyn_input *in); /* NULL is fine */
/* Fills up to `size` bytes; *got is 0 only at the end. */
CYN_NODISCARD cyn_code cyn_input_read(cyn_input *in, char *to, size_t size, size_t *got,
                                      cyn_err *err);
/* Goes on at a byte of the file; CYN_E_UNSUPPORTED where it is packed or in another encoding. */
CYN_NODISCARD cyn_code cyn_input_seek(cyn_input *in, int64_t to, cyn_err *err);
/* Bytes of the file used so far, for progress. */
int64_t cyn_input_position(const cyn_input *in);
