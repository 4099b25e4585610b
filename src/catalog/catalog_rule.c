/* Alert rules, from a worker that may send anything (lua/cynosure/alert.lua sends them). */
#include "base/hash.h"
#include "base/text.h"
#include "catalog/catalog_impl.h"
#include "plan/expr.h"
#include "sched/slots.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Lists ---- */

static bool in_list(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name)) return true;
    return false;
}

/* Texts, each once and none of them empty; NULL when memory is exhausted. */
static const char *const *read_texts(fields *f, const char *key, size_t *n)
{
    const char *const *list = field_texts(f, key, n);
    if (*n > CYN_CATALOG_NAMES) field_wrong(f, key);
    for (size_t i = 0; list && fields_ok(f) && i < *n; i++)
        if (!*list[i] || in_list(list[i], list, i)) field_wrong(f, key);
    return list;
}

static bool read_labels(fields *f, cyn_rule *r)
{
    const cyn_value *list = field_array(f, "labels");
    cyn_rule_label *labels = CYN_NEW_ARRAY(f->arena, list->n + 1, cyn_rule_label);
    if (!labels) return false;
    if (list->n > CYN_CATALOG_NAMES) field_wrong(f, "labels");
    for (size_t i = 0; fields_ok(f) && i < list->n; i++) {
        fields item = {.arena = f->arena, .item = &list->items[i]};
        labels[i].name = field_text(&item, "name", true);
        labels[i].value = field_text(&item, "value", true);
        bool ordered = i == 0 || strcmp(labels[i - 1].name, labels[i].name) < 0;
        bool own = !in_list(labels[i].name, r->by, r->nby);
        if (!fields_ok(&item) || !cyn_is_identifier(labels[i].name) || !ordered || !own)
            field_wrong(f, "labels");
    }
    r->labels = labels;
    r->nlabels = list->n;
    return true;
}

static bool read_params(fields *f, cyn_rule *r)
{
    const cyn_value *list = field_array(f, "params");
    cyn_rule_param *params = CYN_NEW_ARRAY(f->arena, list->n + 1, cyn_rule_param);
    if (!params) return false;
    if (list->n > CYN_CATALOG_NAMES) field_wrong(f, "params");
    for (size_t i = 0; fields_ok(f) && i < list->n; i++) {
        fields item = {.arena = f->arena, .item = &list->items[i]};
        params[i].name = field_text(&item, "name", true);
        params[i].value = field_real(&item, "value");
        bool ordered = i == 0 || strcmp(params[i - 1].name, params[i].name) < 0;
        if (!fields_ok(&item) || !cyn_is_identifier(params[i].name) || !ordered)
            field_wrong(f, "params");
    }
    r->params = params;
    r->nparams = list->n;
    return true;
}

/* ---- Conditions ---- */

/* A condition is always something that a script computes, however short it is. */
static const cyn_expr *read_condition(const build *b, fields *f, const char *key, bool required)
{
    const cyn_expr *e = field_expr(b, f, key, required);
    if (e && (e->kind != CYN_EXPR_SCRIPT || e->nreads > CYN_CATALOG_READS)) field_wrong(f, key);
    return e;
}

static bool read_levels(const build *b, fields *f, cyn_rule *r)
{
    const cyn_value *list = field_array(f, "levels");
    cyn_rule_level *levels = CYN_NEW_ARRAY(f->arena, list->n + 1, cyn_rule_level);
    if (!levels) return false;
    if (list->n < 1 || list->n > CYN_CATALOG_LEVELS) field_wrong(f, "levels");
    for (size_t i = 0; fields_ok(f) && i < list->n; i++) {
        fields item = {.arena = f->arena, .item = &list->items[i]};
        levels[i].severity = (cyn_severity)field_word(&item, "severity", cyn_severity_names, -1);
        levels[i].when = read_condition(b, &item, "when", r->when == NULL);
        bool ordered = i == 0 || levels[i - 1].severity < levels[i].severity;
        if (!fields_ok(&item) || !ordered) field_wrong(f, "levels");
    }
    r->levels = levels;
    r->nlevels = list->n;
    return true;
}

/* ---- When, and how alerts live ---- */

/* Ten years, so that it can be added to any time (lua/cynosure/alert.lua says so). */
#define LONGEST (3650 * CYN_DAY)

static int64_t read_length(fields *f, const char *key)
{
    return field_given(f, key) ? field_integer(f, key, 0, LONGEST) : 0;
}

static void read_times(fields *f, cyn_rule *r)
{
    cyn_slots slots;
    const char *grain = field_text(f, "grain", false);
    r->has_grain = grain != NULL;
    if (grain && cyn_parse_grain(grain, &r->grain, NULL) != CYN_OK) field_wrong(f, "grain");
    r->partial = field_boolean(f, "partial");
    r->every = read_length(f, "every");
    r->at = read_length(f, "at");
    int64_t every = r->every ? r->every : CYN_DAY;
    if (cyn_slots_init(every, r->at, NULL, 1, &slots, NULL) != CYN_OK) field_wrong(f, "every");
    r->remind = read_length(f, "remind");
    r->calendar = field_text(f, "calendar", false);
}

static int read_percent(fields *f, const char *key, int absent)
{
    return field_given(f, key) ? (int)field_integer(f, key, 0, 100) : absent;
}

static void read_policy(fields *f, cyn_rule *r)
{
    static const char *const words[] = {
        [CYN_INSTEAD_KEEP] = "keep", [CYN_INSTEAD_OK] = "ok", [CYN_INSTEAD_FIRE] = "fire", NULL};
    cyn_alert_policy p = CYN_ALERT_POLICY;
    p.hold = read_length(f, "hold");
    p.keep = read_length(f, "keep");
    p.hold_counts_down_time = field_boolean(f, "hold_through_gaps");
    p.no_data = (cyn_alert_instead)field_word(f, "no_data", words, CYN_INSTEAD_KEEP);
    p.on_error = (cyn_alert_instead)field_word(f, "on_error", words, CYN_INSTEAD_KEEP);
    if (field_given(f, "gone_after"))
        p.gone_after = (int)field_integer(f, "gone_after", 0, CYN_CATALOG_EVALUATIONS);
    p.damp_at = read_percent(f, "damp", p.damp_at);
    p.calm_at = read_percent(f, "calm", p.calm_at);
    if (cyn_alert_check_policy(&p, NULL) != CYN_OK) field_wrong(f, "damp");
    r->policy = p;
}

/* ---- The definition ---- */

static void define_texts(cyn_buf *b, const char *key, const char *const *list, size_t n)
{
    cyn_buf_printf(b, "%s", key);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_putc(b, ' ');
        cyn_buf_lua_string(b, list[i], strlen(list[i]));
    }
    cyn_buf_putc(b, '\n');
}

static void define_condition(cyn_buf *b, const char *key, const cyn_expr *e)
{
    cyn_buf_printf(b, "%s ", key);
    if (e) cyn_expr_text(e, CYN_CANONICAL, b);
    cyn_buf_putc(b, '\n');
}

static void define_times(cyn_buf *b, const cyn_rule *r)
{
    char grain[16] = "";
    if (r->has_grain) cyn_format_grain(r->grain, grain);
    cyn_buf_printf(b, "grain %s\npartial %d\nevery %" PRId64 "\nat %" PRId64 "\n", grain,
                   r->partial, r->every, r->at);
    const char *calendar = r->calendar ? r->calendar : "";
    define_texts(b, "calendar", &calendar, r->calendar != NULL);
}

static void define_policy(cyn_buf *b, const cyn_alert_policy *p)
{
    cyn_buf_printf(b, "hold %" PRId64 " %d\nkeep %" PRId64 "\n", p->hold, p->hold_counts_down_time,
                   p->keep);
    cyn_buf_printf(b, "no_data %d\non_error %d\ngone_after %d\nflapping %d %d\n", (int)p->no_data,
                   (int)p->on_error, p->gone_after, p->damp_at, p->calm_at);
}

/* All that decides, a line for each of it, in a text that is the same on every machine. */
static void define(const cyn_rule *r, cyn_buf *b)
{
    define_texts(b, "metric", &r->metric, 1);
    define_texts(b, "by", r->by, r->nby);
    define_times(b, r);
    define_condition(b, "when", r->when);
    for (size_t i = 0; i < r->nlevels; i++)
        define_condition(b, cyn_severity_names[r->levels[i].severity], r->levels[i].when);
    define_condition(b, "clear", r->clear);
    define_policy(b, &r->policy);
    define_texts(b, "depends", r->depends, r->ndepends);
    for (size_t i = 0; i < r->nparams; i++) {
        cyn_buf_printf(b, "param %s ", r->params[i].name);
        cyn_buf_real(b, r->params[i].value);
        cyn_buf_putc(b, '\n');
    }
}

static cyn_code set_definition(cyn_rule *r, cyn_err *err)
{
    cyn_buf b = {0};
    define(r, &b);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) {
        cyn_sha256 hash = cyn_sha256_of(b.data, b.len);
        cyn_hex(hash.bytes, sizeof hash.bytes, r->definition);
    }
    cyn_buf_clear(&b);
    return rc;
}

/* ---- A rule ---- */

static cyn_label read_label(fields *f, const char *en, const char *ja)
{
    return (cyn_label){.en = field_text(f, en, false), .ja = field_text(f, ja, false)};
}

static void read_words(fields *f, cyn_rule *r)
{
    r->title = read_label(f, "title_en", "title_ja");
    r->summary = read_label(f, "summary_en", "summary_ja");
    r->description = read_label(f, "description_en", "description_ja");
    r->runbook = field_text(f, "runbook", false);
    r->owner = field_text(f, "owner", false);
}

static cyn_code read_rule(build *b, const cyn_value *item, const char *pack, size_t i, cyn_rule *r)
{
    fields f = {.arena = b->arena, .item = item};
    *r = (cyn_rule){.name = field_text(&f, "name", true),
                    .place = field_place(&f),
                    .pack = pack,
                    .metric = field_text(&f, "metric", true)};
    r->by = read_texts(&f, "by", &r->nby);
    r->depends = read_texts(&f, "depends", &r->ndepends);
    r->notify = read_texts(&f, "notify", &r->nnotify);
    if (!r->by || !r->depends || !r->notify) return cyn_nomem(b->err);
    r->when = read_condition(b, &f, "when", false);
    r->clear = read_condition(b, &f, "clear", false);
    if (!read_levels(b, &f, r) || !read_labels(&f, r) || !read_params(&f, r))
        return cyn_nomem(b->err);
    read_times(&f, r);
    read_policy(&f, r);
    read_words(&f, r);
    if (!cyn_is_identifier(r->name)) field_wrong(&f, "name");
    if (!cyn_is_identifier(r->metric)) field_wrong(&f, "metric");
    if (r->nby > CYN_CATALOG_DIMENSIONS) field_wrong(&f, "by");
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "rule", i, f.bad);
    return set_definition(r, b->err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

cyn_code cyn_catalog_rules(build *b, const cyn_value *list, const char *pack, part *out)
{
    cyn_rule *rules = CYN_NEW_ARRAY(b->arena, list->n + 1, cyn_rule);
    const char **names = CYN_NEW_ARRAY(b->arena, list->n + 1, const char *);
    if (!rules || !names) return cyn_nomem(b->err);
    if (list->n > CYN_CATALOG_RULES) return cyn_catalog_bad(b, "catalog", 0, "rules");
    for (size_t i = 0; i < list->n; i++) {
        CYN_TRY(read_rule(b, &list->items[i], pack, i, &rules[i]));
        names[i] = rules[i].name;
    }
    qsort(names, list->n, sizeof *names, by_name);
    for (size_t i = 1; i < list->n; i++)
        if (!strcmp(names[i - 1], names[i])) return cyn_catalog_bad(b, "rule", i, "name");
    out->rules = rules;
    out->nrules = list->n;
    return CYN_OK;
}
