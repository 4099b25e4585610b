/* What is expected of an alert, held against what happened. */
#include "base/text.h"
#include "rules/case_impl.h"
#include "rules/check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Looking up ---- */

/* By identity, then by time: the log is one array, in the order in which it happened. */
static int by_identity(const void *a, const void *b)
{
    const cyn_test_alert *x = *(const cyn_test_alert *const *)a;
    const cyn_test_alert *y = *(const cyn_test_alert *const *)b;
    int order = strcmp(x->identity, y->identity);
    return order ? order : (x > y) - (x < y);
}

/* The last of each identity, where it is not inactive. */
static size_t keep_last(const cyn_test_alert **alerts, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || strcmp(alerts[i]->identity, alerts[i + 1]->identity) != 0;
        if (last && alerts[i]->state != CYN_ALERT_INACTIVE) alerts[kept++] = alerts[i];
    }
    return kept;
}

cyn_code test_alerts_at(const test_run *run, const cyn_rule *rule, const cyn_alert_label *labels,
                        size_t n, int64_t slot, test_alerts *out, cyn_err *err)
{
    test_alerts list = {0};
    for (size_t i = 0; i < run->log.nalerts; i++) {
        const cyn_test_alert *a = &run->log.alerts[i];
        if (a->rule != rule || a->slot > slot ||
            !cyn_test_labels_match(a->labels, a->nlabels, labels, n))
            continue;
        const cyn_test_alert **more =
            cyn_grown(run->arena, list.items, list.count, &list.capacity, sizeof *more);
        if (!more) return cyn_nomem(err);
        list.items = more;
        list.items[list.count++] = a;
    }
    if (list.count > 0) qsort(list.items, list.count, sizeof *list.items, by_identity);
    list.count = keep_last(list.items, list.count);
    *out = list;
    return CYN_OK;
}

static bool is_by(const cyn_rule *rule, const char *dim)
{
    for (size_t i = 0; i < rule->nby; i++)
        if (strcmp(rule->by[i], dim) == 0) return true;
    return false;
}

/* Whether the value is one that the rule judges. */
static bool is_of_rule(const test_run *run, const cyn_test_value *v, const cyn_rule *rule)
{
    if (strcmp(v->metric->name, rule->metric) != 0 || v->nlabels != rule->nby) return false;
    for (size_t i = 0; i < v->nlabels; i++)
        if (!is_by(rule, v->labels[i].name)) return false;
    return v->partial == rule->partial &&
           cyn_grain_equal(v->grain, cyn_rule_grain(run->project, rule, v->metric));
}

bool test_value_at(const test_run *run, const cyn_rule *rule, const cyn_alert_label *labels,
                   size_t n, int64_t slot, double *out)
{
    const cyn_test_value *found = NULL;
    for (size_t i = 0; i < run->log.nvalues; i++) {
        const cyn_test_value *v = &run->log.values[i];
        if (v->slot != slot || !is_of_rule(run, v, rule) ||
            !cyn_test_labels_match(v->labels, v->nlabels, labels, n))
            continue;
        /* Rules alike have looked at the same. */
        if (found && !cyn_test_labels_match(v->labels, v->nlabels, found->labels, found->nlabels))
            return false;
        found = v;
    }
    if (found) *out = found->value;
    return found != NULL;
}

/* ---- Names ---- */

/* The labels of the expectation are dimensions of the rule. */
static cyn_code check_names(const test_run *run, const cyn_case_expectation *e,
                            const cyn_rule *rule, cyn_err *err)
{
    static const char *const words[] = {"at",     "alert", "state",  "severity", "message",
                                        "health", "value", "within", "count"};
    size_t nwords = sizeof words / sizeof *words;
    const char **known = CYN_NEW_ARRAY(run->arena, rule->nby + nwords, const char *);
    if (!known) return cyn_nomem(err);
    for (size_t i = 0; i < rule->nby; i++)
        known[i] = rule->by[i];
    memcpy(known + rule->nby, words, sizeof words);
    for (size_t i = 0; i < e->nsegment; i++) {
        const char *name = e->segment[i].name;
        if (is_by(rule, name)) continue;
        cyn_fail_at(err, CYN_E_NAME, e->place.file, e->place.line, e->place.column,
                    "'%s' is no label of rule '%s'", name, rule->name);
        const char *near = cyn_nearest(name, known, rule->nby + nwords);
        if (near) cyn_hint(err, "did you mean '%s'?", near);
        return CYN_E_NAME;
    }
    return CYN_OK;
}

static cyn_code read_labels(const test_run *run, const cyn_case_expectation *e,
                            const cyn_alert_label **out, cyn_err *err)
{
    cyn_alert_label *labels = CYN_NEW_ARRAY(run->arena, e->nsegment + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    for (size_t i = 0; i < e->nsegment; i++) {
        labels[i].name = e->segment[i].name;
        CYN_TRY(cyn_test_label_text(&e->segment[i].value, run->arena, &labels[i].value, err));
    }
    *out = labels;
    return CYN_OK;
}

/* A segment that never was is a slip: nothing that is expected of it could fail. */
static cyn_code check_segment(const test_run *run, const test_subject *s, cyn_err *err)
{
    const char **seen = CYN_NEW_ARRAY(run->arena, run->log.nvalues + 1, const char *);
    size_t n = 0;
    if (!seen) return cyn_nomem(err);
    if (s->nlabels == 0) return CYN_OK;
    for (size_t i = 0; i < run->log.nvalues; i++) {
        const cyn_test_value *v = &run->log.values[i];
        if (!is_of_rule(run, v, s->rule)) continue;
        if (cyn_test_labels_match(v->labels, v->nlabels, s->labels, s->nlabels)) return CYN_OK;
        for (size_t k = 0; s->nlabels == 1 && k < v->nlabels; k++)
            if (strcmp(v->labels[k].name, s->labels[0].name) == 0 && v->labels[k].value)
                seen[n++] = v->labels[k].value;
    }
    cyn_buf text = {0};
    const cyn_place *at = &s->expectation->place;
    test_put_labels(s->labels, s->nlabels, &text);
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK)
        rc = cyn_fail_at(err, CYN_E_NAME, at->file, at->line, at->column, "there is no segment %s",
                         text.data);
    cyn_buf_clear(&text);
    const char *near = n > 0 ? cyn_nearest(s->labels[0].value, seen, n) : NULL;
    if (near)
        cyn_hint(err, "did you mean \"%s\"?", near);
    else if (n > 0)
        cyn_hint(err, "there is \"%s\"", seen[0]);
    return rc;
}

/* ---- Messages ---- */

/* How many bytes of dots are there that stand for any text: "…" or "...". */
static size_t gap(const char *s)
{
    return strncmp(s, "…", strlen("…")) == 0 || strncmp(s, "...", 3) == 0 ? 3 : 0;
}

/* Whether the text is what is expected, where "…" stands for any text. */
static bool text_matches(const char *wanted, const char *text)
{
    const char *after_gap = NULL, *retry = NULL;
    while (*text) {
        if (gap(wanted)) {
            after_gap = wanted += gap(wanted);
            retry = text;
        } else if (*wanted == *text) {
            wanted++;
            text++;
        } else if (after_gap) { /* the gap takes one byte more */
            wanted = after_gap;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (gap(wanted))
        wanted += gap(wanted);
    return !*wanted;
}

/* The last message about the segment that has gone out by then. */
static const cyn_test_message *message_at(const test_run *run, const test_subject *s)
{
    for (size_t i = run->log.nmessages; i-- > 0;) {
        const cyn_test_message *m = &run->log.messages[i];
        if (m->rule == s->rule && m->slot <= s->look->slot &&
            cyn_test_labels_match(m->labels, m->nlabels, s->labels, s->nlabels))
            return m;
    }
    return NULL;
}

/* ---- What is expected: each adds what differs ---- */

/* What is before the next difference: a line of its own. */
static cyn_buf *next_line(cyn_buf *out)
{
    if (out->len > 0) cyn_buf_puts(out, "\n  ");
    return out;
}

static void check_word(const test_run *run, const char *en, const char *ja, const char *wanted,
                       const char *found, cyn_buf *out)
{
    if (!wanted || strcmp(wanted, found) == 0) return;
    test_put_difference(run, en, ja, wanted, *found ? found : "-", next_line(out));
}

static void check_value(const test_run *run, const test_subject *s, cyn_buf *out)
{
    const cyn_case_expectation *e = s->expectation;
    double found = NAN, wanted = e->value.kind == CYN_CONST_NIL ? NAN : e->value.r;
    if (!e->has_value) return;
    bool one = test_value_at(run, s->rule, s->labels, s->nlabels, s->look->slot, &found);
    if (one && test_same_number(wanted, found, e->within)) return;
    cyn_buf a = {0}, b = {0};
    test_put_number(wanted, &a);
    test_put_number(found, &b);
    if (a.failed || b.failed)
        out->failed = true;
    else
        test_put_difference(run, "the value", "値", a.data, b.data, next_line(out));
    cyn_buf_clear(&a);
    cyn_buf_clear(&b);
}

static void check_message(const test_run *run, const test_subject *s, cyn_buf *out)
{
    const char *wanted = s->expectation->message;
    if (!wanted) return;
    const cyn_test_message *m = message_at(run, s);
    if (m && text_matches(wanted, m->summary)) return;
    next_line(out);
    if (m) {
        cyn_buf_puts(out, run->ja ? "メッセージが違います" : "the message is another one");
        test_put_texts(run, wanted, m->summary, out);
    } else {
        cyn_buf_puts(out, run->ja ? "まだ何も通知されていません" : "no message has gone out yet");
    }
}

/* How many alerts are in the state, and of the severity. */
static void check_count(const test_run *run, const test_subject *s, const test_alerts *alerts,
                        cyn_buf *out)
{
    const cyn_case_expectation *e = s->expectation;
    const char *state = e->state ? e->state : cyn_alert_state_names[CYN_ALERT_FIRING];
    cyn_buf which = {0};
    int64_t count = 0;
    for (size_t i = 0; i < alerts->count; i++) {
        const cyn_test_alert *a = alerts->items[i];
        if (strcmp(cyn_alert_state_names[a->state], state) != 0) continue;
        if (e->severity && strcmp(cyn_severity_names[a->severity], e->severity) != 0) continue;
        test_put_alert(a, (size_t)count++, &which);
    }
    if (count != e->count) {
        char expected[24], found[24];
        snprintf(expected, sizeof expected, "%lld", (long long)e->count);
        snprintf(found, sizeof found, "%lld", (long long)count);
        next_line(out);
        cyn_buf_printf(out, run->ja ? "%s " : "%s: ", state);
        test_put_difference(run, "the count", "の件数", expected, found, out);
        if (which.len > 0) cyn_buf_add(out, which.data, which.len);
    }
    if (which.failed) out->failed = true;
    cyn_buf_clear(&which);
}

static void check_one(const test_run *run, const test_subject *s, const cyn_test_alert *found,
                      cyn_buf *out)
{
    const cyn_case_expectation *e = s->expectation;
    cyn_alert_state state = found ? found->state : CYN_ALERT_INACTIVE;
    int severity = found ? found->severity : 0;
    check_word(run, "the state", "状態", e->state, cyn_alert_state_names[state], out);
    check_word(run, "the severity", "重大度", e->severity, cyn_severity_names[severity], out);
    check_value(run, s, out);
    check_message(run, s, out);
}

/* ---- All of it ---- */

static cyn_alert_state state_of(const char *word)
{
    int state = CYN_ALERT_INACTIVE;
    while (strcmp(cyn_alert_state_names[state], word) != 0 && state < CYN_ALERT_STATES - 1)
        state++;
    return (cyn_alert_state)state;
}

/* Makes what differs a failure of the run, with what is around it. */
static cyn_code fail(test_run *run, const test_subject *s, const cyn_buf *differences,
                     const cyn_test_alert *found, cyn_err *err)
{
    cyn_buf text = {0};
    const char *wanted = s->expectation->count < 0 ? s->expectation->state : NULL;
    bool state_differs =
        wanted && strcmp(wanted, cyn_alert_state_names[found ? found->state : 0]) != 0;
    cyn_code rc = cyn_buf_check(differences, err);
    test_put_subject(run, s, &text);
    if (rc == CYN_OK) cyn_buf_add(&text, differences->data, differences->len);
    if (rc == CYN_OK) rc = test_put_timeline(run, s, &text, err);
    if (rc == CYN_OK && state_differs)
        rc = test_put_elsewhere(run, s, state_of(wanted), &text, err);
    if (rc == CYN_OK) rc = test_fail(run, s->expectation, &text, err);
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code fail_ambiguous(test_run *run, const test_subject *s, const test_alerts *alerts,
                               cyn_err *err)
{
    cyn_buf text = {0};
    test_put_subject(run, s, &text);
    cyn_buf_puts(&text, run->ja ? "複数のアラートがあります。ラベルを加えてください"
                                : "there are several; say which by its labels, or count them");
    for (size_t i = 0; i < alerts->count; i++)
        test_put_alert(alerts->items[i], i, &text);
    cyn_code rc = test_fail(run, s->expectation, &text, err);
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code fail_too_early(test_run *run, const test_subject *s, int64_t at, cyn_err *err)
{
    cyn_buf text = {0};
    cyn_buf_printf(&text, run->ja ? "%s は " : "%s has not been evaluated by ", s->rule->name);
    test_put_time(run, at, &text);
    if (run->ja) cyn_buf_puts(&text, " までに評価されていません");
    cyn_code rc = test_fail(run, s->expectation, &text, err);
    cyn_buf_clear(&text);
    return rc;
}

/* Holds everything that is expected against what was found at the evaluation. */
static cyn_code compare(test_run *run, const test_subject *s, const test_alerts *alerts,
                        cyn_err *err)
{
    const cyn_case_expectation *e = s->expectation;
    const cyn_test_alert *found = alerts->count > 0 ? alerts->items[0] : NULL;
    cyn_buf differences = {0};
    check_word(run, "the rule's health", "ルールの状態", e->health,
               cyn_alert_health_names[s->look->health], &differences);
    if (e->count >= 0)
        check_count(run, s, alerts, &differences);
    else
        check_one(run, s, found, &differences);
    cyn_code rc = CYN_OK;
    if (differences.len > 0 || differences.failed) rc = fail(run, s, &differences, found, err);
    cyn_buf_clear(&differences);
    return rc;
}

cyn_code test_check_alert(test_run *run, size_t expectation, cyn_err *err)
{
    const cyn_case_expectation *e = &run->test->expect[expectation];
    test_subject s = {.expectation = e,
                      .rule = cyn_catalog_rule(run->project->catalog, e->alert),
                      .nlabels = e->nsegment};
    test_alerts alerts = {0};
    CYN_TRY(check_names(run, e, s.rule, err));
    CYN_TRY(read_labels(run, e, &s.labels, err));
    s.look = cyn_test_look_at(&run->log, s.rule, run->at[expectation]);
    if (!s.look) return fail_too_early(run, &s, run->at[expectation], err);
    CYN_TRY(check_segment(run, &s, err));
    CYN_TRY(test_alerts_at(run, s.rule, s.labels, s.nlabels, s.look->slot, &alerts, err));
    bool is_of_one = e->count < 0 && (e->state || e->severity || e->message);
    if (is_of_one && alerts.count > 1) return fail_ambiguous(run, &s, &alerts, err);
    return compare(run, &s, &alerts, err);
}
