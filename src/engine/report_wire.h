/* Load reports as bytes, for the note of a column segment: what was found in the files is part of
 * what they hold, and is told again when they are not read again. The note also says which columns
 * the segment was to hold. */
#pragma once
#include "base/buf.h"
#include "engine/cache_columns.h"

void cyn_load_report_write(const cyn_load_report *r, const cyn_name_set *columns, cyn_buf *out);
/* CYN_E_DATA when the bytes are no report. What comes out lives in the arena. */
CYN_NODISCARD cyn_code cyn_load_report_read(const void *data, size_t size, cyn_arena *arena,
                                            cyn_load_report **out, cyn_name_set *columns,
                                            cyn_err *err);
