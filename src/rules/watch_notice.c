/* What an alert says: its value, the facts that decided, and the texts of its rule. */
#include "base/length.h"
#include "base/text.h"
#include "report/report.h"
#include "rules/watch_impl.h"
#include <math.h>
#include <string.h>

/* ---- facts ---- */

static void add_key(cyn_buf *b, const char *key, bool *first)
{
    if (!*first) cyn_buf_putc(b, ',');
    *first = false;
    cyn_buf_json_string(b, key, strlen(key));
    cyn_buf_putc(b, ':');
}

static void add_text(cyn_buf *b, const char *key, const char *text, bool *first)
{
    add_key(b, key, first);
    cyn_buf_json_string(b, text, strlen(text));
}

/* A reading of a segment; nothing where it was never asked for. */
static void add_reading(cyn_buf *b, const watch_board *board, const watch_name *name,
                        size_t segment, bool *first)
{
    for (size_t i = 0; i < board->ncolumns; i++) {
        const watch_name *known = board->columns[i].name;
        if (known->kind != WATCH_READING || strcmp(known->reading.name, name->reading.name) != 0)
            continue;
        double x = board->columns[i].values[segment];
        add_key(b, name->reading.name, first);
        switch (cyn_reading_type(&name->reading)) {
        case CYN_TEXT:
            if (isnan(x))
                cyn_buf_puts(b, "null");
            else
                cyn_buf_printf(b, "\"%s\"", cyn_status_names[(int)x]);
            break;
        case CYN_BOOLEAN: cyn_buf_puts(b, x > 0 ? "true" : "false"); break;
        default: cyn_buf_real(b, x); break;
        }
        return;
    }
}

static bool was_added(const watch_condition *const *conditions, size_t c, size_t name)
{
    const watch_name *this = &conditions[c]->names[name];
    for (size_t i = 0; i <= c; i++)
        for (size_t k = 0; k < (i < c ? conditions[i]->nnames : name); k++)
            if (conditions[i]->names[k].kind == WATCH_READING &&
                !strcmp(conditions[i]->names[k].reading.name, this->reading.name))
                return true;
    return false;
}

/* What the conditions read, each once; what a script turned out to read is on the board. */
static void add_readings(cyn_buf *b, const watch_outcome *o, size_t segment)
{
    const watch_rule *r = o->rule;
    const watch_condition *conditions[2 + 3] = {&r->when, &r->clear};
    size_t n = 2;
    bool first = true, more = false;
    for (size_t i = 0; i < r->rule->nlevels && n < 5; i++)
        conditions[n++] = &r->levels[i];
    cyn_buf_puts(b, "\"readings\":{");
    for (size_t c = 0; c < n; c++) {
        more |= conditions[c]->reads_more;
        for (size_t k = 0; k < conditions[c]->nnames; k++)
            if (conditions[c]->names[k].kind == WATCH_READING && !was_added(conditions, c, k))
                add_reading(b, o->board, &conditions[c]->names[k], segment, &first);
    }
    for (size_t i = 0; more && i < o->board->ncolumns; i++)
        if (o->board->columns[i].name->kind == WATCH_READING)
            add_reading(b, o->board, o->board->columns[i].name, segment, &first);
    cyn_buf_putc(b, '}');
}

/* Which levels hold, and their texts where they have one of their own. */
static void add_levels(cyn_buf *b, const watch_outcome *o, size_t segment)
{
    const cyn_rule *rule = o->rule->rule;
    bool when = !o->when || o->when[segment] == CYN_TRUTH_HOLDS, first = true;
    cyn_buf_puts(b, ",\"holds\":{");
    for (size_t i = 0; i < rule->nlevels; i++) {
        bool holds = when && (!o->levels[i] || o->levels[i][segment] == CYN_TRUTH_HOLDS);
        add_key(b, cyn_severity_names[rule->levels[i].severity], &first);
        cyn_buf_puts(b, holds ? "true" : "false");
    }
    if (o->clear) {
        add_key(b, "clear", &first);
        cyn_buf_puts(b, o->clear[segment] == CYN_TRUTH_HOLDS ? "true" : "false");
    }
    cyn_buf_putc(b, '}');
    first = true;
    for (size_t i = 0; i < rule->nlevels; i++) {
        const cyn_expr *e = rule->levels[i].when;
        if (!e || !e->text) continue;
        if (first) cyn_buf_puts(b, ",\"levels\":{");
        add_text(b, cyn_severity_names[rule->levels[i].severity], e->text, &first);
    }
    if (!first) cyn_buf_putc(b, '}');
}

static void add_facts(cyn_buf *b, const watch_outcome *o, size_t segment)
{
    static const char *const sights[CYN_ALERT_SIGHTS] = {
        "true", "between", "false", "gone", "no data", "error", "not ready", "withdrawn"};
    bool first = true;
    const cyn_rule *rule = o->rule->rule;
    cyn_buf_putc(b, '{');
    if (rule->when && rule->when->text) add_text(b, "when", rule->when->text, &first);
    if (rule->clear && rule->clear->text) add_text(b, "clear", rule->clear->text, &first);
    if (segment == WATCH_NO_SEGMENT) {
        cyn_alert_sight what = o->what == CYN_SEEN_TRUE ? CYN_SEEN_GONE : o->what;
        add_text(b, "seen", sights[what], &first);
        if (o->error) add_text(b, "error", o->error->message, &first);
    } else {
        if (!first) cyn_buf_putc(b, ',');
        add_readings(b, o, segment);
        add_levels(b, o, segment);
    }
    cyn_buf_putc(b, '}');
}

cyn_code watch_note(watch_run *run, const watch_outcome *o, watch_instance *i, size_t segment,
                    cyn_err *err)
{
    const watch_board *b = o->board;
    (void)run;
    i->value = NAN;
    i->period[0] = '\0';
    if (b && b->ready) {
        cyn_period_label(b->series->calendar, b->series->periods[b->judged], i->period,
                         sizeof i->period);
        if (segment != WATCH_NO_SEGMENT) i->value = b->value[segment];
    }
    cyn_buf_reset(&i->facts);
    add_facts(&i->facts, o, segment);
    return cyn_buf_check(&i->facts, err);
}

/* ---- values in texts ---- */

/* "3 d 4 h", "-25 min" */
static void put_duration(int64_t micros, bool ja, cyn_buf *out)
{
    if (micros < 0) cyn_buf_putc(out, '-');
    cyn_length_put(micros < 0 ? -micros : micros, CYN_LENGTH_LONG, ja, out);
}

static void put_instant(const cyn_project *p, int64_t t, cyn_buf *out)
{
    cyn_civil c = cyn_tz_civil(p->calendar.tz, t);
    cyn_buf_printf(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

static const char missing[] = "–";

static void put_reading(const watch_outcome *o, const cyn_reading *r, double x, cyn_buf *out)
{
    const cyn_config *config = o->board->project->config;
    const char *unit = o->rule->metric ? o->rule->metric->sheet.unit : NULL;
    if (isnan(x)) {
        cyn_buf_puts(out, missing);
        return;
    }
    switch (cyn_reading_look_of(r)) {
    case CYN_LOOK_UNIT:
        if (r->kind == CYN_READ_DELTA)
            cyn_format_difference(cyn_series_num(x, unit), unit, config->language, out);
        else
            cyn_format_value(cyn_series_num(x, unit), unit, config->language, out);
        break;
    case CYN_LOOK_SHARE:
        /* The change of a share is counted in points. */
        if (r->kind == CYN_READ_CHANGE && unit && strcmp(unit, "%") == 0) {
            cyn_format_difference(cyn_num_real(x), unit, config->language, out);
            break;
        }
        if (x > 0 && r->kind == CYN_READ_CHANGE) cyn_buf_putc(out, '+');
        cyn_format_value(cyn_num_real(x), "%", config->language, out);
        break;
    case CYN_LOOK_PLAIN:
        cyn_format_value(cyn_series_num(x, NULL), NULL, config->language, out);
        break;
    case CYN_LOOK_WORD:
        cyn_buf_puts(out, r->kind == CYN_READ_STATUS ? cyn_status_names[(int)x]
                          : x > 0                    ? "true"
                                                     : "false");
        break;
    case CYN_LOOK_SECONDS:
        put_duration((int64_t)(x * (double)CYN_SECOND), cyn_is_japanese(config->language), out);
        break;
    }
}

/* ---- texts ---- */

/* All that a text may speak of. */
typedef struct speech {
    watch_run *run;
    const watch_outcome *o;
    const watch_instance *instance;
    const cyn_notice *notice;
    size_t segment;
} speech;

static void put_word(const speech *s, size_t word, cyn_buf *out)
{
    static const char *const severities[] = {"", "情報", "警告", "重大"};
    const cyn_project *p = s->run->watch->project;
    const cyn_notice *n = s->notice;
    const char *name = cyn_template_words[word];
    bool ja = cyn_is_japanese(p->config->language);
    int64_t start = n->start;
    if (!strcmp(name, "rule")) cyn_buf_puts(out, n->rule);
    if (!strcmp(name, "severity"))
        cyn_buf_puts(out, (ja ? severities : cyn_severity_names)[n->severity]);
    if (!strcmp(name, "period")) cyn_buf_puts(out, n->period ? n->period : missing);
    if (!strcmp(name, "title")) cyn_buf_puts(out, n->title);
    if (!strcmp(name, "metric") && s->o->rule->metric)
        cyn_buf_puts(
            out, cyn_label_text(s->o->rule->metric->sheet.title, p->config->language, n->metric));
    if (!strcmp(name, "owner")) cyn_buf_puts(out, n->owner ? n->owner : missing);
    if (!strcmp(name, "runbook")) cyn_buf_puts(out, n->runbook ? n->runbook : missing);
    if (!strcmp(name, "since") && start != CYN_ALERT_NEVER) put_instant(p, start, out);
    if (!strcmp(name, "duration") && start != CYN_ALERT_NEVER)
        put_duration((n->ended == CYN_ALERT_NEVER ? n->at : n->ended) - start, ja, out);
    if (!strcmp(name, "state"))
        cyn_buf_puts(out, n->firing ? (ja ? "発火中" : "firing") : (ja ? "解消" : "resolved"));
}

static cyn_code put_name(const speech *s, const watch_name *name, const char *written, cyn_buf *out,
                         cyn_err *err)
{
    const cyn_rule *rule = s->o->rule->rule;
    size_t column;
    const char *value = NULL;
    switch (name->kind) {
    case WATCH_READING:
        if (s->segment == WATCH_NO_SEGMENT) {
            cyn_buf_puts(out, missing);
            break;
        }
        CYN_TRY(board_column_of(s->o->board, name, &column, err));
        put_reading(s->o, &name->reading, s->o->board->columns[column].values[s->segment], out);
        break;
    case WATCH_DIMENSION:
        if (name->index < s->instance->nlabels) value = s->instance->labels[name->index].value;
        cyn_buf_puts(out, value ? value : missing);
        break;
    case WATCH_LABEL: cyn_buf_puts(out, rule->labels[name->index].value); break;
    case WATCH_PARAM:
        cyn_format_value(cyn_series_num(rule->params[name->index].value, NULL), NULL,
                         s->run->watch->project->config->language, out);
        break;
    case WATCH_WORD: put_word(s, name->index, out); break;
    case WATCH_UNKNOWN: cyn_buf_printf(out, "{%s}", written); break;
    }
    return CYN_OK;
}

static cyn_code render(const speech *s, const watch_text *text, const char **out, cyn_err *err)
{
    cyn_buf *room = &s->run->text;
    const cyn_template *t = text->template;
    *out = s->run->watch->options.quiet ? "" : text->text;
    if (!t) return CYN_OK;
    const char **fill = CYN_NEW_ARRAY(s->run->scratch, t->nnames + 1, const char *);
    if (!fill) return cyn_nomem(err);
    for (size_t i = 0; i < t->nnames; i++) {
        cyn_buf_reset(room);
        CYN_TRY(put_name(s, &text->names[i], t->names[i], room, err));
        fill[i] = cyn_strndup(s->run->scratch, room->data ? room->data : "", room->len);
        if (!fill[i]) return cyn_nomem(err);
    }
    cyn_buf_reset(room);
    cyn_template_render(t, fill, room);
    CYN_TRY(cyn_buf_check(room, err));
    *out = cyn_strndup(s->run->arena, room->data ? room->data : "", room->len);
    return *out ? CYN_OK : cyn_nomem(err);
}

/* ---- the notice ---- */

/* The segment's labels, then those of the rule that it does not have itself. */
static cyn_code all_labels(watch_run *run, const watch_outcome *o, const watch_instance *i,
                           cyn_notice *out, cyn_err *err)
{
    size_t own = o ? o->rule->rule->nlabels : 0, n = 0;
    cyn_alert_label *labels = CYN_NEW_ARRAY(run->arena, i->nlabels + own + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    for (; n < i->nlabels; n++) {
        labels[n].name = cyn_strdup(run->arena, i->labels[n].name);
        labels[n].value = cyn_strdup(run->arena, i->labels[n].value);
        if (!labels[n].name || (i->labels[n].value && !labels[n].value)) return cyn_nomem(err);
    }
    for (size_t k = 0; k < own; k++) {
        const cyn_rule_label *label = &o->rule->rule->labels[k];
        size_t same = 0;
        while (same < i->nlabels && strcmp(labels[same].name, label->name) != 0)
            same++;
        if (same == i->nlabels) labels[n++] = (cyn_alert_label){label->name, label->value};
    }
    out->labels = labels;
    out->nlabels = n;
    return CYN_OK;
}

static cyn_code put_rule(watch_run *run, const watch_outcome *o, const watch_instance *i,
                         size_t segment, cyn_notice *n, cyn_err *err)
{
    const watch_rule *r = o->rule;
    speech s = {.run = run, .o = o, .instance = i, .notice = n, .segment = segment};
    n->rule = r->rule->name;
    n->metric = r->rule->metric;
    n->title = r->title;
    n->runbook = r->rule->runbook;
    n->owner = r->rule->owner;
    if (!n->owner && r->metric) n->owner = r->metric->sheet.owner;
    if (r->metric) n->unit = r->metric->sheet.unit;
    if (o->board && o->board->ready) n->target = cyn_series_target(o->board->series);
    CYN_TRY(render(&s, &r->summary, &n->summary, err));
    return render(&s, &r->description, &n->description, err);
}

/* Of a rule that is gone nothing is known but its name. */
static cyn_code put_gone_rule(watch_run *run, const char *rule, cyn_notice *n, cyn_err *err)
{
    n->rule = n->title = cyn_strdup(run->arena, rule);
    n->metric = "";
    return n->rule ? CYN_OK : cyn_nomem(err);
}

cyn_code watch_notice(watch_run *run, const watch_outcome *o, const char *rule,
                      const watch_instance *i, size_t segment, const cyn_alert_event *event,
                      cyn_notice *out, cyn_err *err)
{
    const cyn_alert *a = &i->alert;
    *out = (cyn_notice){
        .identity = cyn_strdup(run->arena, i->identity),
        .what = event->what,
        .reason = event->reason,
        .severity = event->severity <= CYN_CRITICAL ? (cyn_severity)event->severity : CYN_CRITICAL,
        .firing = cyn_alert_is_firing(a),
        .at = event->slot,
        .start = event->start,
        .ended = a->state == CYN_ALERT_RESOLVED ? a->since : CYN_ALERT_NEVER,
        .value = i->value,
        .target = NAN,
        .summary = "",
        .description = "",
        .period = i->period[0] ? cyn_strdup(run->arena, i->period) : NULL,
        .facts = i->facts.len ? cyn_strdup(run->arena, i->facts.data) : "{}",
    };
    if (!out->identity || !out->facts || (i->period[0] && !out->period)) return cyn_nomem(err);
    CYN_TRY(all_labels(run, o, i, out, err));
    cyn_alert_key(i->identity, out->alert);
    cyn_alert_event_key(i->identity, event, out->key);
    if (event->start != CYN_ALERT_NEVER)
        cyn_alert_incident_key(i->identity, event->start, out->incident);
    return o ? put_rule(run, o, i, segment, out, err) : put_gone_rule(run, rule, out, err);
}
