#include "alert/backtest.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054 /* the 97.5th percentile of the normal distribution */

cyn_backtest_share cyn_backtest_share_of(size_t k, size_t n)
{
    if (n == 0) return (cyn_backtest_share){k, n, NAN, NAN, NAN};
    double of = (double)n, share = (double)k / of, z2 = Z95 * Z95;
    double middle = (share + z2 / (2 * of)) / (1 + z2 / of);
    double half = Z95 / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of));
    return (cyn_backtest_share){k, n, share, k == 0 ? 0 : fmax(middle - half, 0),
                                k == n ? 1 : fmin(middle + half, 1)};
}

/* ---- known incidents ---- */

/* Instants are far from the ends of their range, but a tolerance may be anything. */
static int64_t later(int64_t t, int64_t by)
{
    int64_t sum;
    if (__builtin_add_overflow(t, by, &sum)) return by > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

static bool is_about(const cyn_known_incident *known, const cyn_backtest_incident *incident)
{
    for (size_t i = 0; i < known->nlabels; i++) {
        const cyn_alert_label *want = &known->labels[i];
        bool same = false;
        for (size_t k = 0; k < incident->nlabels && !same; k++)
            same = strcmp(incident->labels[k].name, want->name) == 0 && incident->labels[k].value &&
                   want->value && strcmp(incident->labels[k].value, want->value) == 0;
        if (!same) return false;
    }
    return true;
}

/* The first incident that starts at an instant or later. */
static size_t first_from(const cyn_backtest_incident *incidents, size_t n, int64_t from)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (incidents[middle].start < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void find(cyn_backtest_incident *incidents, size_t n, int64_t tolerance,
                 cyn_backtest_match *match)
{
    const cyn_known_incident *known = match->known;
    int64_t from = later(known->from, -tolerance), to = later(known->to, tolerance);
    for (size_t i = first_from(incidents, n, from); i < n && incidents[i].start <= to; i++) {
        cyn_backtest_incident *incident = &incidents[i];
        if (!incident->told || !is_about(known, incident)) continue;
        incident->known = true;
        if (!match->found) match->delay = incident->start - known->from;
        match->found = true;
    }
}

static int by_beginning(const void *a, const void *b)
{
    const cyn_known_incident *x = ((const cyn_backtest_match *)a)->known,
                             *y = ((const cyn_backtest_match *)b)->known;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    return (x > y) - (x < y); /* as in the file */
}

/* Of two in the middle, what lies between them. */
static cyn_code median_delay(const cyn_backtest_score *score, cyn_arena *arena, int64_t *out,
                             cyn_err *err)
{
    int64_t *delays = CYN_NEW_ARRAY(arena, score->nmatches + 1, int64_t);
    size_t n = 0;
    if (!delays) return cyn_nomem(err);
    for (size_t i = 0; i < score->nmatches; i++)
        if (score->matches[i].found && !score->matches[i].outside)
            delays[n++] = score->matches[i].delay;
    *out = CYN_ALERT_NEVER;
    if (n == 0) return CYN_OK;
    qsort(delays, n, sizeof *delays, cyn_compare_times);
    int64_t low = delays[(n - 1) / 2], high = delays[n / 2];
    *out = low + (high - low) / 2;
    return CYN_OK;
}

cyn_code cyn_backtest_judge(cyn_backtest_incident *incidents, size_t n,
                            const cyn_known_incident *known, size_t nknown,
                            const cyn_backtest_bounds *bounds, cyn_arena *arena,
                            cyn_backtest_score *out, cyn_err *err)
{
    cyn_backtest_match *matches = CYN_NEW_ARRAY(arena, nknown + 1, cyn_backtest_match);
    cyn_backtest_score score = {
        .given = true, .tolerance = bounds->tolerance, .matches = matches, .nmatches = nknown};
    size_t found = 0, right = 0, told = 0;
    if (!matches) return cyn_nomem(err);
    for (size_t i = 0; i < nknown; i++)
        matches[i].known = &known[i];
    qsort(matches, nknown, sizeof *matches, by_beginning);
    for (size_t i = 0; i < n; i++)
        incidents[i].known = false;
    for (size_t i = 0; i < nknown; i++) {
        cyn_backtest_match *m = &matches[i];
        m->outside = m->known->from < bounds->from || m->known->from >= bounds->to;
        find(incidents, n, bounds->tolerance, m);
        score.outside += m->outside;
        found += m->found && !m->outside;
    }
    for (size_t i = 0; i < n; i++) {
        told += incidents[i].told;
        right += incidents[i].known;
    }
    score.precision = cyn_backtest_share_of(right, told);
    score.recall = cyn_backtest_share_of(found, nknown - score.outside);
    CYN_TRY(median_delay(&score, arena, &score.delay, err));
    *out = score;
    return CYN_OK;
}

/* ---- figures of a replay ---- */

size_t cyn_backtest_pages(const int64_t *slots, size_t n, int64_t apart)
{
    size_t pages = 0;
    int64_t last = 0; /* when the latest message goes out, perhaps after the slot that it is of */
    for (size_t i = 0; i < n; i++) {
        if (pages && slots[i] <= last) continue;
        last = pages && slots[i] - last < apart ? last + apart : slots[i];
        pages++;
    }
    return pages;
}

int64_t cyn_backtest_firing(const cyn_backtest_incident *incidents, size_t n, int64_t to)
{
    int64_t total = 0, until = CYN_ALERT_NEVER; /* so far it is counted */
    for (size_t i = 0; i < n; i++) {
        const cyn_backtest_incident *it = &incidents[i];
        int64_t end = it->end == CYN_ALERT_NEVER ? to : it->end;
        int64_t start = it->start > until ? it->start : until;
        if (end > start) total += end - start;
        if (end > until) until = end;
    }
    return total;
}
