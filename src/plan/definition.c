/* Aggregates, views and relations as text: all that decides their value, and nothing else. */
#include "base/arena.h"
#include "plan/expr.h"
#include "plan/relation.h"
#include <string.h>

/* ---- which columns are read ---- */

static bool reads(const cyn_expr *e, const char *name)
{
    if (!e) return false;
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return !strcmp(e->name, name);
    case CYN_EXPR_CONST: return false;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return reads(e->a, name) || reads(e->b, name);
    case CYN_EXPR_SCRIPT:
    case CYN_EXPR_STEPS: break; /* definitions have no bound ones */
    }
    if (e->reads_all) return true;
    for (size_t i = 0; i < e->nreads; i++) {
        if (!strcmp(e->reads[i], name)) return true;
    }
    return false;
}

/* Who uses a view: an aggregate with its argument, or a relation that is the base of another view,
 * which has a user in turn. */
typedef struct user {
    const cyn_expr *arg;
    const cyn_relation *relation; /* NULL: an aggregate */
    const cyn_view *view;         /* over the relation */
    const struct user *next;      /* of that view */
} user;

static bool relation_reads(const cyn_relation *r, const char *name)
{
    const cyn_expr *one[] = {r->entity, r->arg, r->start, r->active, r->from, r->to};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        if (reads(one[i], name)) return true;
    }
    for (size_t i = 0; i < r->nsteps; i++) {
        if (reads(r->steps[i].when, name)) return true;
    }
    for (size_t i = 0; i < r->nsame; i++) {
        if (reads(r->same[i], name)) return true;
    }
    return false;
}

static bool user_reads(const user *u, const char *name)
{
    if (!u->relation) return reads(u->arg, name);
    if (relation_reads(u->relation, name)) return true;
    /* Journeys and retention carry dimensions along, so that the view over them sees those too. */
    if (u->relation->kind != CYN_JOURNEY && u->relation->kind != CYN_RETENTION) return false;
    for (size_t i = 0; i < u->view->nderives; i++) {
        if (reads(u->view->derives[i].expr, name)) return true;
    }
    return reads(u->view->where, name) || user_reads(u->next, name);
}

/* Whether the view's user depends on the i-th derived column, itself or through a later one that it
 * depends on. A later derive of the same name hides this one from all but itself and what stands
 * between. */
static bool needs_derive(const cyn_view *v, const user *u, const bool *needed, size_t i)
{
    const char *name = v->derives[i].name;
    for (size_t j = i + 1; j < v->nderives; j++) {
        if (needed[j] && reads(v->derives[j].expr, name)) return true;
        if (!strcmp(v->derives[j].name, name)) return false;
    }
    return reads(v->where, name) || user_reads(u, name);
}

/* ---- views ---- */

static void relation_text(const cyn_relation *r, const user *u, cyn_style style, cyn_buf *out);

static void derives_text(const cyn_view *v, const user *u, cyn_style style, cyn_buf *out)
{
    const char *word = " with ";
    bool *needed = cyn_calloc(v->nderives, sizeof *needed);
    if (!needed) {
        out->failed = true;
        return;
    }
    for (size_t i = v->nderives; i-- > 0;)
        needed[i] = needs_derive(v, u, needed, i);
    for (size_t i = 0; i < v->nderives; i++) {
        if (!needed[i]) continue;
        cyn_buf_puts(out, word);
        cyn_buf_lua_name(out, v->derives[i].name);
        cyn_buf_puts(out, " = ");
        cyn_expr_text(v->derives[i].expr, style, out);
        word = ", ";
    }
    cyn_free(needed);
}

static void view_text(const cyn_view *v, const user *u, cyn_style style, cyn_buf *out)
{
    const user below = {.relation = v->relation, .view = v, .next = u};
    if (v->relation) {
        relation_text(v->relation, &below, style, out);
    } else {
        cyn_buf_lua_name(out, v->source);
    }
    if (v->nderives > 0) derives_text(v, u, style, out);
    if (v->where) {
        cyn_buf_puts(out, " where ");
        cyn_expr_text(v->where, style, out);
    }
}

/* ---- relations ---- */

/* ", word expression", or nothing where there is no expression. */
static void part_text(const char *word, const cyn_expr *e, cyn_style style, cyn_buf *out)
{
    if (!e) return;
    cyn_buf_printf(out, ", %s", word);
    cyn_expr_text(e, style, out);
}

/* A duration as cyn_parse_duration reads it: 1d12h. */
static void duration_text(int64_t duration, cyn_buf *out)
{
    static const struct {
        const char *name;
        int64_t length;
    } units[] = {{"d", CYN_DAY},    {"h", CYN_HOUR}, {"m", CYN_MINUTE},
                 {"s", CYN_SECOND}, {"ms", 1000},    {"us", 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (duration < units[i].length) continue;
        cyn_buf_printf(out, "%lld%s", (long long)(duration / units[i].length), units[i].name);
        duration %= units[i].length;
    }
}

static void within_text(const char *word, int64_t duration, cyn_buf *out)
{
    if (duration == 0) return;
    cyn_buf_puts(out, word);
    duration_text(duration, out);
}

static void per_text(const cyn_relation *r, cyn_style style, cyn_buf *out)
{
    cyn_buf_printf(out, ", %s", cyn_agg_names[r->func]);
    if (r->func == CYN_PERCENTILE) cyn_buf_real(out, r->p);
    if (r->arg) {
        cyn_buf_putc(out, ' ');
        cyn_expr_text(r->arg, style, out);
    }
    if (r->func == CYN_PERCENTILE && r->qtype != 7) cyn_buf_printf(out, ", type %d", r->qtype);
}

static void journey_text(const cyn_relation *r, cyn_style style, cyn_buf *out)
{
    for (size_t i = 0; i < r->nsteps; i++) {
        part_text("step ", r->steps[i].when, style, out);
        within_text(" within ", r->steps[i].within, out);
    }
    within_text(", within ", r->within, out);
    if (r->strict) cyn_buf_puts(out, ", strict");
    if (r->any_order) cyn_buf_puts(out, ", any order");
    if (r->every) cyn_buf_puts(out, ", every attempt");
    for (size_t i = 0; i < r->nsame; i++)
        part_text("same ", r->same[i], style, out);
}

static void retention_text(const cyn_relation *r, cyn_style style, cyn_buf *out)
{
    static const char *const modes[] = {
        [CYN_BOUNDED] = "at", [CYN_UNBOUNDED] = "from", [CYN_WITHIN] = "within"};
    char unit[16];
    cyn_format_grain((cyn_grain){.unit = r->unit, .n = 1}, unit);
    part_text("start ", r->start, style, out);
    part_text("active ", r->active, style, out);
    cyn_buf_printf(out, ", %s %d %s", modes[r->mode], r->n, unit);
    part_text("value ", r->arg, style, out);
}

static void relation_text(const cyn_relation *r, const user *u, cyn_style style, cyn_buf *out)
{
    cyn_buf_printf(out, "%s(", cyn_relation_names[r->kind]);
    view_text(r->base, u, style, out);
    part_text("", r->entity, style, out);
    switch (r->kind) {
    case CYN_PER: per_text(r, style, out); break;
    case CYN_JOURNEY: journey_text(r, style, out); break;
    case CYN_RETENTION: retention_text(r, style, out); break;
    case CYN_BALANCE:
    case CYN_MOVEMENT:
        part_text("", r->arg, style, out);
        part_text("from ", r->from, style, out);
        part_text("to ", r->to, style, out);
        break;
    }
    cyn_buf_putc(out, ')');
}

/* ---- aggregates ---- */

void cyn_agg_text(const cyn_agg *agg, cyn_style style, cyn_buf *out)
{
    const user u = {.arg = agg->arg};
    cyn_buf_puts(out, cyn_agg_names[agg->func]);
    if (agg->func == CYN_PERCENTILE) cyn_buf_real(out, agg->p);
    cyn_buf_putc(out, '(');
    view_text(agg->view, &u, style, out);
    part_text("", agg->arg, style, out);
    if (agg->func == CYN_PERCENTILE && agg->qtype != 7)
        cyn_buf_printf(out, ", type %d", agg->qtype);
    if (agg->approx) cyn_buf_puts(out, ", approx");
    cyn_buf_putc(out, ')');
}
