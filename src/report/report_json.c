#include "base/arena.h"
#include "base/hash.h"
#include "report/json_impl.h"
#include <string.h>

static void against(cyn_buf *b, const cyn_point *p, const cyn_report_options *opts)
{
    const cyn_against *a = opts->against;
    cyn_period period;
    char label[64] = "";
    if (!a) return;
    if (cyn_against_period(a, opts->calendar, p->period, &period))
        cyn_period_label(opts->calendar, period, label, sizeof label);
    cyn_buf_printf(b, ",\"against\":{\"kind\":\"%s\"", cyn_against_names[a->kind]);
    cyn_json_text(b, "period", label);
    cyn_json_number(b, "value", p->against.value);
    cyn_buf_putc(b, '}');
}

/* What is said of a period is the same for all metrics and segments, so it is kept: each period
 * near the place that its start gives it, until another one takes that. */
enum { PERIODS_KEPT = 1024, PLACES = 8 };

#define DRAIN_BYTES ((size_t)48 << 10)

typedef struct kept_period {
    cyn_period period;
    size_t n; /* 0: none yet */
    char text[280];
} kept_period;

typedef struct writer {
    const cyn_report_options *opts;
    kept_period *kept;        /* NULL: nothing is kept */
    const cyn_metric *metric; /* of the point before */
    cyn_buf name, definition; /* its members */
    double value;             /* of the point before, a real … */
    size_t n;                 /* 0: it is none */
    char text[32];            /* … as it was written */
} writer;

static void write_period(cyn_buf *b, cyn_period p, const cyn_calendar *cal)
{
    char grain[16], label[64];
    cyn_format_grain(p.grain, grain);
    cyn_period_label(cal, p, label, sizeof label);
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "period", label);
    cyn_json_instant(b, "start", p, p.start, cal);
    cyn_json_instant(b, "end", p, p.end, cal);
}

static bool is_same(cyn_period a, cyn_period b)
{
    return cyn_grain_equal(a.grain, b.grain) && a.start == b.start && a.end == b.end;
}

/* The period's own place, or one that is free for it; the first where all are taken. */
static kept_period *place_of(const writer *w, cyn_period p)
{
    const size_t first =
        cyn_hash64(&p.start, sizeof p.start, (uint64_t)p.grain.unit) % (PERIODS_KEPT - PLACES);
    for (size_t i = first; i < first + PLACES; i++)
        if (w->kept[i].n == 0 || is_same(w->kept[i].period, p)) return &w->kept[i];
    return &w->kept[first];
}

static void put_period(writer *w, cyn_period p, cyn_buf *out)
{
    kept_period *k = w->kept ? place_of(w, p) : NULL;
    if (k && k->n && is_same(k->period, p)) {
        cyn_buf_add(out, k->text, k->n);
        return;
    }
    size_t from = out->len;
    write_period(out, p, w->opts->calendar);
    size_t n = out->len - from;
    if (!k || out->failed || n > sizeof k->text) return;
    k->period = p;
    k->n = n;
    memcpy(k->text, out->data + from, n);
}

static void put_part(const cyn_buf *part, cyn_buf *out)
{
    out->failed = out->failed || part->failed;
    cyn_buf_add(out, part->data, part->len);
}

/* Points of a metric follow each other: what is the same in all of them is made once. */
static void meet_metric(writer *w, const cyn_metric *m)
{
    if (w->metric == m) return;
    w->metric = m;
    cyn_buf_reset(&w->name);
    cyn_buf_puts(&w->name, "{\"metric\":");
    cyn_buf_json_string(&w->name, m->name, strlen(m->name));
    cyn_buf_reset(&w->definition);
    cyn_json_text(&w->definition, "definition", m->definition);
}

/* Most often that is the value of the point before, and writing a real takes a while. */
static void put_previous(const writer *w, cyn_num n, cyn_buf *b)
{
    cyn_json_key(b, "previous");
    if (w->n && n.kind == CYN_NUM_REAL && memcmp(&n.r, &w->value, sizeof n.r) == 0)
        cyn_buf_add(b, w->text, w->n);
    else
        cyn_buf_num(b, n);
}

static void remember(writer *w, cyn_num value, const cyn_buf *b, size_t from, size_t to)
{
    w->n = 0;
    if (value.kind != CYN_NUM_REAL || b->failed || to - from > sizeof w->text) return;
    w->value = value.r;
    w->n = to - from;
    memcpy(w->text, b->data + from, w->n);
}

static void point(writer *w, const cyn_point *p, cyn_buf *b)
{
    const cyn_num value = p->failed ? CYN_MISSING : p->value;
    meet_metric(w, p->metric);
    put_part(&w->name, b);
    put_period(w, p->period, b);
    cyn_json_segment(b, "segment", p);
    cyn_json_key(b, "value");
    const size_t from = b->len;
    cyn_buf_num(b, value);
    const size_t to = b->len;
    cyn_json_number(b, "numerator", p->numerator);
    cyn_json_number(b, "denominator", p->denominator);
    cyn_json_number(b, "rows", cyn_num_integer(p->rows));
    cyn_json_boolean(b, "partial", p->partial);
    cyn_json_boolean(b, "immature", p->immature);
    put_previous(w, p->previous, b);
    cyn_json_number(b, "last_year", p->last_year);
    against(b, p, w->opts);
    cyn_json_number(b, "target", cyn_point_target(p));
    cyn_json_text(b, "status", cyn_status_names[p->status]);
    put_part(&w->definition, b);
    if (p->failed) cyn_json_error(b, "error", p->error);
    cyn_buf_puts(b, "}\n");
    remember(w, value, b, from, to);
}

void cyn_report_json(const cyn_point *points, size_t n, const cyn_report_options *opts,
                     cyn_buf *out)
{
    writer w = {.opts = opts, .kept = cyn_calloc(PERIODS_KEPT, sizeof *w.kept)};
    for (size_t i = 0; i < n; i++) {
        point(&w, &points[i], out);
        if (opts->drain && out->len >= DRAIN_BYTES) opts->drain(opts->to, out);
    }
    cyn_buf_clear(&w.name);
    cyn_buf_clear(&w.definition);
    cyn_free(w.kept);
}
