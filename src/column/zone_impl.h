/* Zones: what a segment knows of its columns' values without a look at them.
 *
 * Whoever builds a table has its values at hand once in any case. What the integers of each
 * CYN_ZONE_ROWS rows lie between, whether they ascend through all rows, and whether all reals are
 * finite, is noted with them, so that a scan by time does not read the times of rows that are all
 * of one day; segments keep it. Rows behind the last whole zone have none. See cyn_column.zones,
 * .finite and .ascending.
 *
 *     cyn_zones_noted noted = {0};
 *     cyn_zones_note(&noted, &column, rows);   // now and then, as rows are added
 *     cyn_zones_finish(&noted, &column, rows); // column.zones … are those of its values
 *     cyn_zones_clear(&noted);                 // and column.zones with it
 */
#pragma once
#include "column/column.h"

/* How many zones a column of so many rows has. */
size_t cyn_zones_of(cyn_type type, size_t rows);
void cyn_zones_make(const cyn_column *c, size_t rows, cyn_zone *out);
/* Whether a column's zones are those of its values; also where it has none. */
bool cyn_zones_hold(const cyn_column *c, size_t rows);
/* What is known of a column's rows while they are added. */
typedef struct cyn_zones_noted {
    cyn_zone *zones;
    size_t count, room; /* whole zones that were looked at */
    bool falls;         /* some integer is below the one before; what is missing counts as 0 */
    bool infinite;      /* some real is */
    bool lost;          /* no memory for zones */
} cyn_zones_noted;

/* Looks at the whole zones of the rows that there are, where that was not done yet. The values may
 * have come into a wider form since then. */
void cyn_zones_note(cyn_zones_noted *noted, const cyn_column *c, size_t rows);
/* Looks at all rows that are left, and lets the column say what was found. Its `valid` is final. */
void cyn_zones_finish(cyn_zones_noted *noted, cyn_column *c, size_t rows);
void cyn_zones_clear(cyn_zones_noted *noted);

/* Whether the column is of reals, and no value is infinite. */
bool cyn_column_is_finite(const cyn_column *c, size_t rows);
/* Whether the column is of integers, no value is missing, and none is below the one before. */
bool cyn_column_is_ascending(const cyn_column *c, size_t rows);
