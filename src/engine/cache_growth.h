/* Growth: files that rows are appended to, and how to know that nothing else happened to them.
 *
 * A segment can be continued where its last input ended with a whole row. What is remembered of
 * that input beside its stamp is a mark: a hash of its beginning and of what lay before its end.
 * A file of the same name and inode that is longer, and has the same mark at the old length, is the
 * old file with more rows; only these are parsed. A file that was written anew has another inode or
 * another beginning; one that was changed in its middle *and* grew is not told from one that grew,
 * which is what appending means. Whatever is in doubt has no mark, and is parsed as a whole.
 */
#pragma once
#include "engine/inputs.h"

/* The mark of a file that was read up to `stamp`'s size; "" where it cannot be continued: it is
 * packed, its last line may go on, or quotes may still be open in it. */
CYN_NODISCARD cyn_code cyn_growth_mark(const cyn_source_spec *spec, const char *path,
                                       const cyn_file_stamp *stamp, const cyn_load_report *report,
                                       char out[CYN_HASH_SIZE], cyn_err *err);
/* Whether `now` is the file that left `was` and `mark`, with more behind. */
bool cyn_has_grown(const char *path, const cyn_file_stamp *was, const char *mark,
                   const cyn_file_stamp *now);
/* Whether anything in the report of further rows tells a line; `before`: the reports of what lies
 * before them. */
bool cyn_growth_tells_lines(const cyn_load_report *more, const cyn_load_report *const *before,
                            size_t n);
/* The number of the line that begins at byte `at`. */
CYN_NODISCARD cyn_code cyn_line_at(cyn_source_kind kind, const char *path, int64_t at, int64_t *out,
                                   cyn_err *err);
