/* What reads CSV in blocks needs of the reader: the header it found, and the text behind it. */
#pragma once
#include "source/block.h"

/* Everything but `file`; numbers belong to the reader. */
void cyn_csv_layout(const cyn_reader *r, cyn_block_layout *out);
/* The next bytes behind what was read as rows; *got is 0 only at the end. size is 16 or more.
 * No rows can be read afterwards. */
CYN_NODISCARD cyn_code cyn_csv_read_text(cyn_reader *r, char *to, size_t size, size_t *got,
                                         cyn_err *err);
