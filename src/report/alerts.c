/* What fires now: a table, rules that could not be judged below it, and one line about all. */
#include "base/arena.h"
#include "report/alerts_impl.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- alerts ---- */

enum { STATE, SEVERITY, RULE, SEGMENT, SINCE, LENGTH, VALUE, TARGET, TOLD, CARE };
static const cyn_grid_head alert_heads[] = {
    [STATE] = {"STATE", "状態", CYN_LEFT, 0, false},
    [SEVERITY] = {"SEVERITY", "重大度", CYN_LEFT, 0, false},
    [RULE] = {"RULE", "ルール", CYN_LEFT, 0, true},
    [SEGMENT] = {"SEGMENT", "セグメント", CYN_LEFT, 0, true},
    [SINCE] = {"SINCE", "開始", CYN_LEFT, 3, false},
    [LENGTH] = {"FOR", "経過", CYN_LEFT, 2, false},
    [VALUE] = {"VALUE", "値", CYN_RIGHT, 1, false},
    [TARGET] = {"TARGET", "目標", CYN_RIGHT, 4, false},
    [TOLD] = {"TOLD", "通知先", CYN_LEFT, 5, true},
    [CARE] = {"NOTE", "備考", CYN_LEFT, 2, true},
};

static void colour(cyn_grid *g, size_t col, const cyn_alert_look *look)
{
    if (look->sgr) cyn_text_table_colour(g->text, col, look->sgr);
}

static void add_alert(cyn_grid *g, const cyn_alert_item *i, int64_t now)
{
    const cyn_report_options *opts = g->opts;
    const cyn_alert_look *state = cyn_look_of_state(&i->alert);
    const cyn_alert_look *severity = cyn_look_of_severity((cyn_severity)i->alert.severity);
    bool busy = i->alert.state != CYN_ALERT_INACTIVE && i->alert.state != CYN_ALERT_RESOLVED;
    int64_t since = cyn_alert_since(&i->alert);
    cyn_put_look(state, opts, &g->cell);
    cyn_grid_take(g, STATE);
    if (busy) cyn_grid_text(g, SEVERITY, cyn_report_words(opts, severity->en, severity->ja));
    cyn_grid_text(g, RULE, i->rule_name);
    cyn_put_labels(i->labels, i->nlabels, &g->cell);
    cyn_grid_take(g, SEGMENT);
    cyn_put_moment(since, opts, &g->cell);
    cyn_grid_take(g, SINCE);
    if (since == now)
        cyn_buf_puts(&g->cell, cyn_report_words(opts, "new", "新規"));
    else if (since != CYN_ALERT_NEVER)
        cyn_put_length(now - since, opts->language, &g->cell);
    cyn_grid_take(g, LENGTH);
    cyn_put_reading(i->value, i->unit, opts, &g->cell);
    cyn_grid_take(g, VALUE);
    cyn_put_reading(i->target, i->unit, opts, &g->cell);
    cyn_grid_take(g, TARGET);
    cyn_put_deliveries(i->deliveries, opts, &g->cell);
    cyn_grid_take(g, TOLD);
    cyn_put_care(i, opts, &g->cell);
    cyn_grid_take(g, CARE);
    cyn_grid_row(g);
    colour(g, STATE, state);
    if (busy) colour(g, SEVERITY, severity);
}

static cyn_code write_alerts(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out,
                             cyn_err *err)
{
    cyn_grid g;
    if (v->nalerts == 0) return CYN_OK;
    CYN_TRY(cyn_grid_init(&g, alert_heads, COUNT(alert_heads), opts, err));
    for (size_t i = 0; i < v->nalerts; i++)
        add_alert(&g, &v->alerts[i], v->now);
    CYN_TRY(cyn_grid_write(&g, out, err));
    cyn_buf_putc(out, '\n');
    return CYN_OK;
}

/* ---- rules ---- */

enum { NAME, HEALTH, EVALUATED, SEGMENTS, FIRING, PENDING, MISSED, METRIC, TITLE };
static const cyn_grid_head rule_heads[] = {
    [NAME] = {"RULE", "ルール", CYN_LEFT, 0, true},
    [HEALTH] = {"HEALTH", "状態", CYN_LEFT, 0, false},
    [EVALUATED] = {"EVALUATED", "評価", CYN_LEFT, 1, false},
    [SEGMENTS] = {"SEGMENTS", "セグメント", CYN_RIGHT, 3, false},
    [FIRING] = {"FIRING", "発火中", CYN_RIGHT, 0, false},
    [PENDING] = {"PENDING", "保留中", CYN_RIGHT, 2, false},
    [MISSED] = {"MISSED", "未実行", CYN_RIGHT, 5, false},
    [METRIC] = {"METRIC", "指標", CYN_LEFT, 4, true},
    [TITLE] = {"TITLE", "名前", CYN_LEFT, 6, true},
};

static void put_count(cyn_grid *g, size_t col, int64_t n)
{
    cyn_buf_printf(&g->cell, "%lld", (long long)n);
    cyn_grid_take(g, col);
}

static void add_rule(cyn_grid *g, const cyn_rule_item *i)
{
    const cyn_report_options *opts = g->opts;
    const cyn_alert_look *health = cyn_look_of_health(i->broken ? CYN_HEALTH_ERROR : i->health);
    const char *title = i->rule ? cyn_label_text(i->rule->title, opts->language, "") : "";
    cyn_grid_text(g, NAME, i->name);
    cyn_grid_text(g, METRIC, i->rule ? i->rule->metric : "");
    cyn_grid_text(g, TITLE, title);
    if (i->evaluated || i->broken)
        cyn_put_health(i, opts, &g->cell);
    else
        cyn_buf_puts(&g->cell, cyn_report_words(opts, "not yet", "未評価"));
    cyn_grid_take(g, HEALTH);
    cyn_put_moment(i->evaluated ? i->slot : CYN_ALERT_NEVER, opts, &g->cell);
    cyn_grid_take(g, EVALUATED);
    put_count(g, SEGMENTS, i->segments);
    put_count(g, FIRING, i->firing);
    put_count(g, PENDING, i->pending);
    put_count(g, MISSED, (int64_t)i->missed);
    cyn_grid_row(g);
    if (i->evaluated || i->broken) colour(g, HEALTH, health);
}

static cyn_code write_rules(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out,
                            cyn_err *err)
{
    cyn_grid g;
    if (!v->all || v->nrules == 0) return CYN_OK;
    CYN_TRY(cyn_grid_init(&g, rule_heads, COUNT(rule_heads), opts, err));
    for (size_t i = 0; i < v->nrules; i++)
        add_rule(&g, &v->rules[i]);
    CYN_TRY(cyn_grid_write(&g, out, err));
    cyn_buf_putc(out, '\n');
    return CYN_OK;
}

/* ---- what could not be judged ---- */

static bool is_ill(const cyn_rule_item *i)
{
    return i->broken || (i->evaluated && i->health != CYN_HEALTH_OK);
}

#define NAMES_AT_ONCE 3 /* the others are counted */

/* "rule 'x': …" says again what stands before it. */
static const char *without_name(const char *text, const char *rule)
{
    size_t n = strlen(rule);
    bool begins = strncmp(text, "rule '", 6) == 0 && strncmp(text + 6, rule, n) == 0 &&
                  strncmp(text + 6 + n, "': ", 3) == 0;
    return begins ? text + 6 + n + 3 : text;
}

static const char *reason_of(const cyn_rule_item *i)
{
    const char *text = i->broken ? i->broken->message : i->error;
    return text ? without_name(text, i->name) : "";
}

/* Rules that are ill of the same are said at once. */
static bool same_illness(const cyn_rule_item *a, const cyn_rule_item *b)
{
    if (!a->broken != !b->broken || strcmp(reason_of(a), reason_of(b)) != 0) return false;
    if (!a->broken) return a->health == b->health && a->health_since == b->health_since;
    return a->broken == b->broken ||
           (a->broken->line == b->broken->line && !strcmp(a->broken->file, b->broken->file) &&
            !strcmp(a->broken->hint, b->broken->hint));
}

/* "a", "a, b", "a, b, c and 10 more": the rules from the first on that have its illness. They are
 * marked as said. */
static void put_names(const cyn_alerts_view *v, size_t first, bool *said,
                      const cyn_report_options *opts, cyn_buf *out)
{
    size_t n = 0;
    for (size_t i = first; i < v->nrules; i++) {
        const cyn_rule_item *r = &v->rules[i];
        if (said[i] || !is_ill(r) || !same_illness(&v->rules[first], r)) continue;
        said[i] = true;
        if (n++ >= NAMES_AT_ONCE) continue;
        if (n > 1) cyn_buf_puts(out, cyn_report_words(opts, ", ", "、"));
        cyn_buf_puts(out, r->name);
    }
    if (n <= NAMES_AT_ONCE) return;
    bool ja = cyn_report_words(opts, "", "ja")[0];
    cyn_buf_printf(out, ja ? " ほか%zu件" : " and %zu more", n - NAMES_AT_ONCE);
}

static void put_ill(const cyn_alerts_view *v, size_t first, bool *said,
                    const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_rule_item *i = &v->rules[first];
    const cyn_alert_look *look = cyn_look_of_health(i->broken ? CYN_HEALTH_ERROR : i->health);
    const char *text = reason_of(i);
    if (opts->format == CYN_FORMAT_MARKDOWN) cyn_buf_puts(out, "- ");
    if (!opts->ascii) cyn_buf_printf(out, "%s ", look->mark);
    put_names(v, first, said, opts, out);
    cyn_buf_puts(out, cyn_report_words(opts, ": ", "："));
    cyn_buf_puts(out, cyn_report_words(opts, look->en, look->ja));
    if (!i->broken) {
        cyn_buf_puts(out, cyn_report_words(opts, " since ", "（"));
        cyn_put_moment(i->health_since, opts, out);
        cyn_buf_puts(out, cyn_report_words(opts, "", "から）"));
    }
    if (*text) {
        cyn_buf_puts(out, cyn_report_words(opts, ": ", "："));
        cyn_clean_text(text, strlen(text), out);
    }
    if (i->broken && i->broken->line > 0)
        cyn_buf_printf(out, " (%s:%d)", i->broken->file, i->broken->line);
    cyn_buf_putc(out, '\n');
    if (i->broken && i->broken->hint[0])
        cyn_buf_printf(out, "  %s%s\n", cyn_report_words(opts, "hint: ", "ヒント："),
                       i->broken->hint);
}

static void write_ill(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    bool any = false, *said = cyn_calloc(v->nrules + 1, sizeof *said);
    if (!said) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < v->nrules; i++) {
        if (said[i] || !is_ill(&v->rules[i])) continue;
        put_ill(v, i, said, opts, out);
        any = true;
    }
    if (any) cyn_buf_putc(out, '\n');
    cyn_free(said);
}

/* ---- the last line ---- */

typedef struct counts {
    size_t firing, pending;
    size_t ill, wrong, waiting; /* rules: not judged; judged in spite of a mistake; not yet */
    size_t ahead;               /* … that wait until the clock comes to their slot */
    int64_t slot;               /* the newest */
} counts;

static counts count_all(const cyn_alerts_view *v)
{
    counts c = {.slot = CYN_ALERT_NEVER};
    for (size_t i = 0; i < v->nalerts; i++) {
        c.firing += cyn_alert_is_firing(&v->alerts[i].alert);
        c.pending += v->alerts[i].alert.state == CYN_ALERT_PENDING;
    }
    for (size_t i = 0; i < v->nrules; i++) {
        const cyn_rule_item *r = &v->rules[i];
        bool wrong = r->broken && r->evaluated && r->health == CYN_HEALTH_OK;
        c.wrong += wrong;
        c.ill += is_ill(r) && !wrong;
        c.waiting += !r->evaluated && !r->broken;
        c.ahead += r->ahead;
        if (r->evaluated && r->slot > c.slot) c.slot = r->slot;
    }
    return c;
}

static void put_evaluated(const counts *c, const cyn_alerts_view *v, const cyn_report_options *opts,
                          cyn_buf *out)
{
    bool ja = cyn_report_words(opts, "", "ja")[0];
    cyn_buf_printf(out, ja ? "ルール%zu件" : "%zu rule%s", v->nrules, v->nrules == 1 ? "" : "s");
    if (c->slot != CYN_ALERT_NEVER) {
        cyn_buf_puts(out, ja ? "、評価 " : ", evaluated ");
        cyn_put_moment(c->slot, opts, out);
    }
    if (c->waiting)
        cyn_buf_printf(out,
                       ja ? "、未評価%zu件（cynosure alerts run）"
                          : "; %zu never evaluated (cynosure alerts run)",
                       c->waiting);
    if (c->ahead)
        cyn_buf_printf(out,
                       ja ? "、時計が戻されたため待機中%zu件（cynosure alerts forget）"
                          : "; the clock was set back, %zu wait%s for it (cynosure alerts forget)",
                       c->ahead, c->ahead == 1 ? "s" : "");
}

/* What nobody has heard of yet: an end, too, when nothing fires any more. */
static void put_undelivered(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    bool ja = cyn_report_words(opts, "", "ja")[0];
    if (v->waiting)
        cyn_buf_printf(out, ja ? "、未送信の通知%lld件" : "; %lld message%s not delivered yet",
                       (long long)v->waiting, v->waiting == 1 ? "" : "s");
    if (v->dead)
        cyn_buf_printf(out,
                       ja ? "、断念した通知%lld件（cynosure alerts dead）"
                          : "; %lld message%s given up (cynosure alerts dead)",
                       (long long)v->dead, v->dead == 1 ? "" : "s");
}

static void write_summary(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    counts c = count_all(v);
    bool well = !c.firing && !c.pending && !c.ill && !c.wrong && !c.ahead && c.waiting < v->nrules;
    bool told = !v->waiting && !v->dead;
    const char *on = opts->colour && well && told ? "\033[32m" : "", *off = *on ? "\033[0m" : "";
    bool ja = cyn_report_words(opts, "", "ja")[0];
    if (v->nrules == 0) {
        cyn_buf_puts(out, cyn_report_words(opts, "No rules: alerts/*.lua declares none.\n",
                                           "ルールがありません（alerts/*.lua）。\n"));
        return;
    }
    cyn_buf_puts(out, on);
    if (well && !told) {
        cyn_buf_puts(out, ja ? "発火なし" : "nothing fires");
    } else if (well) {
        cyn_buf_puts(out, opts->ascii ? "" : "✓ ");
        cyn_buf_puts(out, ja ? "異常なし" : "all is well");
    } else {
        cyn_buf_printf(out, ja ? "発火中%zu件、保留中%zu件" : "%zu firing, %zu pending", c.firing,
                       c.pending);
        if (c.ill)
            cyn_buf_printf(out, ja ? "、評価できないルール%zu件" : ", %zu that could not be judged",
                           c.ill);
        if (c.wrong)
            cyn_buf_printf(out, ja ? "、誤りのあるルール%zu件" : ", %zu with a mistake", c.wrong);
    }
    cyn_buf_puts(out, ja ? "：" : ": ");
    put_evaluated(&c, v, opts, out);
    put_undelivered(v, opts, out);
    cyn_buf_printf(out, "%s\n", off);
}

static void write_json(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t i = 0; i < v->nalerts; i++) {
        cyn_buf_puts(out, "{\"type\":\"alert\"");
        cyn_json_alert(out, &v->alerts[i], opts);
        cyn_buf_puts(out, "}\n");
    }
    for (size_t i = 0; i < v->nrules; i++) {
        cyn_buf_puts(out, "{\"type\":\"rule\"");
        cyn_json_rule(out, &v->rules[i], opts);
        cyn_buf_puts(out, "}\n");
    }
}

cyn_code cyn_report_alerts(const cyn_alerts_view *v, const cyn_report_options *opts, cyn_buf *out,
                           cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN:
        CYN_TRY(write_alerts(v, opts, out, err));
        CYN_TRY(write_rules(v, opts, out, err));
        write_ill(v, opts, out);
        write_summary(v, opts, out);
        break;
    case CYN_FORMAT_JSON: write_json(v, opts, out); break;
    case CYN_FORMAT_CSV: return cyn_fail(err, CYN_E_UNSUPPORTED, "alerts are not written as CSV");
    }
    return cyn_buf_check(out, err);
}
