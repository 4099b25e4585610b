/* Files: the paths and globs of a source become the list of files that they stand for.
 *
 * Relative paths start from the source's base folder. Matches of a glob are sorted bytewise; a file
 * that is named twice, also through links, is read once, at its first place.
 *
 *     cyn_source_file *files;
 *     CYN_TRY(cyn_source_files(&spec, arena, &files, &count, err));
 */
#pragma once
#include "source/reader.h"

/* CYN_E_IO when a path is not there or a glob matches nothing, with what is there as a hint. */
CYN_NODISCARD cyn_code cyn_source_files(const cyn_source_spec *spec, cyn_arena *arena,
                                        cyn_source_file **out, size_t *count, cyn_err *err);
