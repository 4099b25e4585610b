#include "base/arena.h"
#include "column/zone_impl.h"
#include <math.h>

static void join(cyn_zone *z, cyn_zone more)
{
    z->least = more.least < z->least ? more.least : z->least;
    z->greatest = more.greatest > z->greatest ? more.greatest : z->greatest;
}

/* The unit keeps the order, so that narrow values are compared as they lie there. */
#define LOOK(type, values, by)                                                                     \
    do {                                                                                           \
        const type *v = (values) + first;                                                          \
        type lo = v[0], hi = v[0];                                                                 \
        for (size_t i = 1; i < n; i++) {                                                           \
            lo = v[i] < lo ? v[i] : lo;                                                            \
            hi = v[i] > hi ? v[i] : hi;                                                            \
        }                                                                                          \
        return (cyn_zone){(int64_t)lo * (by), (int64_t)hi * (by)};                                 \
    } while (0)

static cyn_zone look(const cyn_column *c, size_t first, size_t n)
{
    switch (c->narrow) {
    case 1: LOOK(int8_t, c->v.i8, 1);
    case 2: LOOK(int16_t, c->v.i16, 1);
    case 4: LOOK(int32_t, c->v.i32, (int64_t)c->unit);
    default: LOOK(int64_t, c->v.i64, 1);
    }
}

/* Zones that lie in the rows are asked; only what is beside them is looked at. */
void cyn_column_range(const cyn_column *c, size_t first, size_t n, int64_t *least,
                      int64_t *greatest)
{
    cyn_zone all = {INT64_MAX, INT64_MIN};
    for (size_t end = first + n, step; first < end; first += step) {
        size_t left = end - first, rest = CYN_ZONE_ROWS - first % CYN_ZONE_ROWS;
        step = c->zones && rest < left ? rest : left;
        if (c->zones && step == CYN_ZONE_ROWS)
            join(&all, c->zones[first / CYN_ZONE_ROWS]);
        else
            join(&all, look(c, first, step));
    }
    *least = all.least;
    *greatest = all.greatest;
}

bool cyn_column_known_range(const cyn_column *c, size_t first, size_t n, int64_t *least,
                            int64_t *greatest)
{
    cyn_zone known = {INT64_MAX, INT64_MIN};
    bool any = false;
    if (n == 0) return false;
    if (!c->valid) {
        cyn_column_range(c, first, n, least, greatest);
        return true;
    }
    for (size_t row = first; row < first + n; row++) {
        if (!cyn_column_has(c, row)) continue;
        int64_t v = cyn_column_integer(c, row);
        join(&known, (cyn_zone){v, v});
        any = true;
    }
    if (!any) return false;
    *least = known.least;
    *greatest = known.greatest;
    return true;
}

/* Without a branch, so that many are compared at once. */
#define ASCENDS(values)                                                                            \
    do {                                                                                           \
        bool falls = false;                                                                        \
        for (size_t i = first + 1; i < first + n; i++)                                             \
            falls |= (values)[i] < (values)[i - 1];                                                \
        return !falls;                                                                             \
    } while (0)

bool cyn_column_ascends(const cyn_column *c, size_t first, size_t n)
{
    switch (c->narrow) {
    case 1: ASCENDS(c->v.i8);
    case 2: ASCENDS(c->v.i16);
    case 4: ASCENDS(c->v.i32);
    default: ASCENDS(c->v.i64);
    }
}

/* ---- segments ---- */

static bool is_integers(cyn_type type)
{
    return type == CYN_INTEGER || type == CYN_DECIMAL || type == CYN_TIMESTAMP || type == CYN_DATE;
}

size_t cyn_zones_of(cyn_type type, size_t rows)
{
    return is_integers(type) ? rows / CYN_ZONE_ROWS : 0;
}

void cyn_zones_make(const cyn_column *c, size_t rows, cyn_zone *out)
{
    for (size_t i = 0; i < cyn_zones_of(c->type, rows); i++)
        out[i] = look(c, i * CYN_ZONE_ROWS, CYN_ZONE_ROWS);
}

bool cyn_zones_hold(const cyn_column *c, size_t rows)
{
    for (size_t i = 0; c->zones && i < cyn_zones_of(c->type, rows); i++) {
        cyn_zone z = look(c, i * CYN_ZONE_ROWS, CYN_ZONE_ROWS);
        if (z.least != c->zones[i].least || z.greatest != c->zones[i].greatest) return false;
    }
    return true;
}

static bool are_finite(const cyn_column *c, size_t first, size_t n)
{
    bool finite = true;
    for (size_t i = first; i < first + n; i++)
        finite &= !isinf(c->v.f64[i]);
    return finite;
}

bool cyn_column_is_finite(const cyn_column *c, size_t rows)
{
    bool finite = c->type == CYN_REAL;
    for (size_t i = 0; finite && i < rows; i += CYN_ZONE_ROWS)
        finite = are_finite(c, i, rows - i < CYN_ZONE_ROWS ? rows - i : CYN_ZONE_ROWS);
    return finite;
}

/* Each stretch ends with the first row of the next. */
bool cyn_column_is_ascending(const cyn_column *c, size_t rows)
{
    bool ascending = is_integers(c->type) && !c->valid;
    for (size_t i = 0; ascending && i < rows; i += CYN_ZONE_ROWS)
        ascending =
            cyn_column_ascends(c, i, rows - i <= CYN_ZONE_ROWS ? rows - i : CYN_ZONE_ROWS + 1);
    return ascending;
}

/* ---- columns that grow ---- */

/* The rows first … first + n - 1, n > 0, behind others that were looked at. */
static void look_on(cyn_zones_noted *noted, const cyn_column *c, size_t first, size_t n)
{
    const size_t before = first > 0;
    if (c->type == CYN_REAL && !noted->infinite) noted->infinite = !are_finite(c, first, n);
    if (is_integers(c->type) && !noted->falls)
        noted->falls = !cyn_column_ascends(c, first - before, n + before);
}

/* False when out of memory: then there are no zones, as if nobody had looked. */
static bool add_zone(cyn_zones_noted *noted, cyn_zone zone)
{
    if (noted->count == noted->room) {
        const size_t room = noted->room ? 2 * noted->room : 16;
        cyn_zone *zones = cyn_realloc(noted->zones, room * sizeof *zones);
        if (!zones) return false;
        noted->zones = zones;
        noted->room = room;
    }
    noted->zones[noted->count] = zone;
    return true;
}

void cyn_zones_note(cyn_zones_noted *noted, const cyn_column *c, size_t rows)
{
    if (!is_integers(c->type) && c->type != CYN_REAL) return;
    for (; noted->count < rows / CYN_ZONE_ROWS; noted->count++) {
        const size_t first = noted->count * CYN_ZONE_ROWS;
        look_on(noted, c, first, CYN_ZONE_ROWS);
        if (!is_integers(c->type) || noted->lost) continue;
        noted->lost = !add_zone(noted, look(c, first, CYN_ZONE_ROWS));
    }
}

void cyn_zones_finish(cyn_zones_noted *noted, cyn_column *c, size_t rows)
{
    cyn_zones_note(noted, c, rows);
    if (rows % CYN_ZONE_ROWS > 0)
        look_on(noted, c, rows / CYN_ZONE_ROWS * CYN_ZONE_ROWS, rows % CYN_ZONE_ROWS);
    c->finite = c->type == CYN_REAL && !noted->infinite;
    c->ascending = is_integers(c->type) && !c->valid && !noted->falls;
    c->zones = noted->lost ? NULL : noted->zones;
}

void cyn_zones_clear(cyn_zones_noted *noted)
{
    cyn_free(noted->zones);
    *noted = (cyn_zones_noted){0};
}
