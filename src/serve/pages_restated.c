/* Which values of a metric said something else before. */
#include "serve/pages_impl.h"
#include "store/history.h"
#include <string.h>

#define MOST 20 /* lines, those of the newest periods */

static bool says_the_same(const cyn_stored_value *a, const cyn_stored_value *b)
{
    return cyn_num_compare(cyn_stored_number(a), cyn_stored_number(b)) == 0;
}

/* The last two different things that were said of the period, as long as it had ended. */
static cyn_code read_period(const pages_visit *v, const cyn_stored_series *series,
                            const cyn_stored_value *of, cyn_page_restated *out, bool *found,
                            cyn_err *err)
{
    const cyn_stored_value *said = NULL;
    size_t n = 0;
    *found = false;
    CYN_TRY(cyn_store_restatements(v->store, series, of->start, v->request->arena, &said, &n, err));
    for (size_t i = n; i-- > 1 && !*found;) {
        const cyn_stored_value *before = &said[i - 1], *after = &said[i];
        if (before->partial || before->immature || says_the_same(before, after)) continue;
        *out = (cyn_page_restated){.period = of->period,
                                   .before = cyn_stored_number(before),
                                   .after = cyn_stored_number(after),
                                   .at = after->at,
                                   .redefined =
                                       strcmp(before->definition ? before->definition : "",
                                              after->definition ? after->definition : "") != 0};
        *found = true;
    }
    return CYN_OK;
}

/* Periods that one run said anew under another definition are one change, and one line. */
static bool joins(const cyn_page_restated *before, const cyn_page_restated *next)
{
    return before && before->redefined && next->redefined && before->at == next->at;
}

/* The newest period comes first, so that an earlier one is the first of its line. */
static void take(cyn_page_metric *m, cyn_page_restated *list, cyn_page_restated *line,
                 cyn_page_restated next)
{
    if (joins(line, &next)) {
        line->period = next.period;
        line->periods++;
        return;
    }
    m->all_restated++;
    if (m->nrestated == MOST) return;
    next.until = next.period;
    next.periods = 1;
    list[m->nrestated++] = next;
}

static cyn_page_restated *line_of(cyn_page_restated *list, size_t n, const cyn_page_restated *next)
{
    for (size_t i = 0; i < n; i++)
        if (joins(&list[i], next)) return &list[i];
    return NULL;
}

cyn_code pages_restated(const pages_visit *v, cyn_page_metric *out, cyn_err *err)
{
    char grain[16];
    const cyn_stored_value *values = NULL;
    size_t n = 0;
    if (!out->ended || out->nvalues == 0) return CYN_OK;
    cyn_page_restated *list = CYN_NEW_ARRAY(v->request->arena, MOST, cyn_page_restated);
    if (!list) return cyn_nomem(err);
    cyn_format_grain(out->ended->period.grain, grain);
    cyn_stored_series series = {.metric = out->metric->name, .grain = grain, .segment = "{}"};
    CYN_TRY(cyn_store_values(v->store, &series, out->periods[0].start, CYN_TIME_MAX,
                             out->nvalues + 1, v->request->arena, &values, &n, err));
    for (size_t i = n; i-- > 0;) {
        cyn_page_restated one;
        bool found = false;
        if (values[i].restated == 0) continue;
        CYN_TRY(read_period(v, &series, &values[i], &one, &found, err));
        if (found) take(out, list, line_of(list, out->nrestated, &one), one);
    }
    out->restated = list;
    return CYN_OK;
}
