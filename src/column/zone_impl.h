/* Zones: what a segment knows of its columns' values without a look at them.
 *
 * The writer of a segment reads all values once in any case, for their checksum. What the integers
 * of each CYN_ZONE_ROWS rows lie between, whether they ascend through all rows, and whether all
 * reals are finite, goes with them, so that a scan by time does not read the times of rows that are
 * all of one day. Rows behind the last whole zone have none. See cyn_column.zones, .finite and
 * .ascending.
 */
#pragma once
#include "column/column.h"

/* How many zones a column of so many rows has. */
size_t cyn_zones_of(cyn_type type, size_t rows);
void cyn_zones_make(const cyn_column *c, size_t rows, cyn_zone *out);
/* Whether a column's zones are those of its values; also where it has none. */
bool cyn_zones_hold(const cyn_column *c, size_t rows);
/* Whether the column is of reals, and no value is infinite. */
bool cyn_column_is_finite(const cyn_column *c, size_t rows);
/* Whether the column is of integers, no value is missing, and none is below the one before. */
bool cyn_column_is_ascending(const cyn_column *c, size_t rows);
