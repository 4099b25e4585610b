/* Rows and answers as bytes: what eval's two sides share.
 *
 * A batch goes to the worker as one block of shared memory that it maps read-only; the worker's
 * cyn_batch points into that block. Answers come back as one block; cyn_answers points into it.
 * Both blocks begin with a magic number and a version, hold little-endian arrays aligned to eight
 * bytes, and are checked in full before anything is read from them. The block must be aligned to
 * eight bytes and outlive what points into it.
 *
 *     size_t n = cyn_batch_size(&batch);             // host
 *     cyn_batch_write(&batch, memory);
 *     CYN_TRY(cyn_batch_open(memory, n, arena, &b, err));   // worker
 */
#pragma once
#include "base/buf.h"
#include "catalog/evaluator.h"

size_t cyn_batch_size(const cyn_batch *b);
/* Fills cyn_batch_size() bytes. */
void cyn_batch_write(const cyn_batch *b, void *out);
CYN_NODISCARD cyn_code cyn_batch_open(const void *data, size_t n, cyn_arena *arena,
                                      const cyn_batch **out, cyn_err *err);

void cyn_answers_write(const cyn_answers *a, cyn_buf *out);
/* Checks that there are `rows` answers, that every kind is known and every text within the heap. */
CYN_NODISCARD cyn_code cyn_answers_open(const void *data, size_t n, size_t rows, cyn_arena *arena,
                                        cyn_answers **out, cyn_err *err);
