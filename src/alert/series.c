#include "alert/series.h"
#include <math.h>

bool cyn_series_judged(const cyn_series *s, int64_t slot, size_t *out)
{
    size_t ready = 0, after = s->nperiods; /* below it all are ready, from there on none is */
    while (ready < after) {
        size_t middle = ready + (after - ready) / 2;
        if (s->ready[middle] <= slot)
            ready = middle + 1;
        else
            after = middle;
    }
    if (ready == 0) return false;
    *out = ready - 1;
    return true;
}

bool cyn_series_is_judged(const cyn_series *s)
{
    return !s->of_part && cyn_sheet_is_about(&s->metric->sheet, s->grain);
}

double cyn_series_target(const cyn_series *s)
{
    const cyn_sheet *sheet = &s->metric->sheet;
    return sheet->has_target && cyn_series_is_judged(s) ? sheet->target : NAN;
}

double cyn_series_market(const cyn_series *s)
{
    const cyn_sheet *sheet = &s->metric->sheet;
    return sheet->has_market && cyn_series_is_judged(s) ? sheet->market : NAN;
}
