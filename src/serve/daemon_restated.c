/* What an evaluation restated, in the words of the log. */
#include "base/buf.h"
#include "serve/daemon_batches.h"
#include <string.h>

#define NAMED 3 /* metrics */

static void put_metric(const cyn_restated_row *r, cyn_grain grain, const cyn_calendar *cal,
                       cyn_buf *out)
{
    char first[64], last[64];
    cyn_period_label(cal, cyn_period_at(cal, grain, r->first), first, sizeof first);
    cyn_period_label(cal, cyn_period_at(cal, grain, r->last), last, sizeof last);
    cyn_buf_printf(out, "%s %s", r->metric, first);
    if (strcmp(first, last) != 0) cyn_buf_printf(out, " to %s", last);
}

/* That they cannot be read hinders nobody: the next who reads the state says why. */
static void put_metrics(cyn_store *st, const cyn_evaluation *e, const cyn_calendar *cal,
                        cyn_arena *arena, cyn_buf *out)
{
    const cyn_restated_row *rows = NULL;
    size_t n = 0;
    if (cyn_store_restated(st, e->run, arena, &rows, &n, NULL) != CYN_OK || n == 0) return;
    cyn_buf_puts(out, " (");
    for (size_t i = 0; i < n && i < NAMED; i++) {
        if (i) cyn_buf_puts(out, ", ");
        put_metric(&rows[i], e->grain, cal, out);
    }
    if (n > NAMED) cyn_buf_printf(out, " and %zu more", n - NAMED);
    cyn_buf_putc(out, ')');
}

void cyn_batches_put_restated(cyn_store *st, const cyn_evaluation *e, const cyn_calendar *cal,
                              cyn_arena *arena, cyn_buf *out)
{
    if (!e->restated) return;
    cyn_buf_printf(out, ", %lld restated", (long long)e->restated);
    put_metrics(st, e, cal, arena, out);
}
