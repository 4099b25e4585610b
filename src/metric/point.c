#include "metric/point.h"
#include <string.h>

const char *const cyn_against_names[] = {"previous", "last_year", "target",
                                         "market",   "period",    NULL};

cyn_against cyn_parse_against(const char *s)
{
    if (strcmp(s, "last-year") == 0) return (cyn_against){.kind = CYN_AGAINST_LAST_YEAR};
    for (int kind = 0; kind < CYN_AGAINST_PERIOD; kind++)
        if (strcmp(s, cyn_against_names[kind]) == 0)
            return (cyn_against){.kind = (cyn_against_kind)kind};
    return (cyn_against){.kind = CYN_AGAINST_PERIOD, .period = s};
}

bool cyn_against_period(const cyn_against *a, const cyn_calendar *cal, cyn_period of,
                        cyn_period *out)
{
    if (of.grain.unit == CYN_ALL) return false;
    switch (a->kind) {
    case CYN_AGAINST_PREVIOUS: *out = cyn_period_shift(cal, of, -1); return true;
    case CYN_AGAINST_LAST_YEAR: *out = cyn_period_last_year(cal, of); return true;
    case CYN_AGAINST_PERIOD:
        return cyn_parse_one_period(cal, of.grain, a->period, out, NULL) == CYN_OK;
    default: return false;
    }
}
