/* What reads CSV in blocks needs of the reader: the header it found. */
#pragma once
#include "source/block.h"

/* Everything but `file`; numbers belong to the reader. */
void cyn_csv_layout(const cyn_reader *r, cyn_block_layout *out);
