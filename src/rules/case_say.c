/* What differs from the expectation, so that one sees why. */
#include "base/text.h"
#include "rules/case_impl.h"
#include <math.h>
#include <string.h>

#define LINES_BEFORE 6
#define LINES_AFTER  3
#define STATES_SHOWN 3
#define ALERTS_SHOWN 10

/* ---- Small texts ---- */

cyn_code test_fail(test_run *run, const cyn_case_expectation *e, cyn_buf *text, cyn_err *err)
{
    cyn_case_failure *more =
        cyn_grown(run->arena, run->failures, run->nfailures, &run->failure_room, sizeof *more);
    const char *message = text->failed ? NULL : cyn_strndup(run->arena, text->data, text->len);
    if (!more || !message) return cyn_nomem(err);
    run->failures = more;
    run->failures[run->nfailures++] = (cyn_case_failure){.place = e->place, .message = message};
    return CYN_OK;
}

void test_put_time(const test_run *run, int64_t t, cyn_buf *out)
{
    cyn_civil c = cyn_tz_civil(run->project->calendar.tz, t);
    cyn_buf_printf(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    if (c.second) cyn_buf_printf(out, ":%02d", c.second);
}

void test_put_labels(const cyn_alert_label *labels, size_t n, cyn_buf *out)
{
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        const char *value = labels[i].value;
        cyn_buf_printf(out, "%s%s=", i ? ", " : "{", labels[i].name);
        if (value)
            cyn_buf_json_string(out, value, strlen(value));
        else
            cyn_buf_puts(out, "nil");
    }
    cyn_buf_putc(out, '}');
}

void test_put_subject(const test_run *run, const test_subject *s, cyn_buf *out)
{
    cyn_buf_puts(out, s->rule->name);
    test_put_labels(s->labels, s->nlabels, out);
    cyn_buf_puts(out, run->ja ? "、" : " at ");
    test_put_time(run, s->look->slot, out);
    cyn_buf_puts(out, run->ja ? "：" : ": ");
}

void test_put_number(double x, cyn_buf *out)
{
    if (isnan(x))
        cyn_buf_puts(out, "missing");
    else
        cyn_buf_real(out, x);
}

void test_put_difference(const test_run *run, const char *en, const char *ja, const char *expected,
                         const char *found, cyn_buf *out)
{
    if (run->ja)
        cyn_buf_printf(out, "%sは %s のはずが、%s でした", ja, expected, found);
    else
        cyn_buf_printf(out, "%s should be %s, but is %s", en, expected, found);
}

/* ---- The timeline ---- */

/* What one line of it shows. */
typedef struct moment {
    const cyn_test_look *look;
    cyn_buf time, value, state;
} moment;

static cyn_code fill(const test_run *run, const test_subject *s, moment *m, cyn_err *err)
{
    double value;
    test_alerts alerts = {0};
    CYN_TRY(test_alerts_at(run, s->rule, s->labels, s->nlabels, m->look->slot, &alerts, err));
    test_put_time(run, m->look->slot, &m->time);
    if (test_value_at(run, s->rule, s->labels, s->nlabels, m->look->slot, &value))
        test_put_number(value, &m->value);
    else
        cyn_buf_putc(&m->value, '-');
    if (alerts.count == 0) cyn_buf_puts(&m->state, cyn_alert_state_names[CYN_ALERT_INACTIVE]);
    for (size_t i = 0; i < alerts.count; i++) {
        const cyn_test_alert *a = alerts.items[i];
        if (i == STATES_SHOWN) {
            cyn_buf_puts(&m->state, ", …");
            break;
        }
        cyn_buf_printf(&m->state, "%s%s", i ? ", " : "", cyn_alert_state_names[a->state]);
        if (a->state != CYN_ALERT_PENDING && a->state != CYN_ALERT_RESOLVED)
            cyn_buf_printf(&m->state, " (%s)", cyn_severity_names[a->severity]);
    }
    if (m->look->health != CYN_HEALTH_OK)
        cyn_buf_printf(&m->state, "; %s", cyn_alert_health_names[m->look->health]);
    return CYN_OK;
}

/* Of texts of different width: blanks before it. */
static void put_right(const cyn_buf *text, size_t width, cyn_buf *out)
{
    size_t own = cyn_width(text->data, text->len);
    cyn_buf_repeat(out, " ", width > own ? width - own : 0);
    cyn_buf_add(out, text->data, text->len);
}

static void put_moments(const moment *moments, size_t n, const cyn_test_look *here, cyn_buf *out)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++) {
        size_t own =
            moments[i].value.data ? cyn_width(moments[i].value.data, moments[i].value.len) : 0;
        if (own > width) width = own;
        if (moments[i].time.failed || moments[i].value.failed || moments[i].state.failed)
            out->failed = true;
    }
    for (size_t i = 0; i < n && !out->failed; i++) {
        cyn_buf_printf(out, "\n  %s %s  ", moments[i].look == here ? ">" : " ",
                       moments[i].time.data);
        put_right(&moments[i].value, width, out);
        cyn_buf_printf(out, "  %s", moments[i].state.data);
    }
}

cyn_code test_put_timeline(const test_run *run, const test_subject *s, cyn_buf *out, cyn_err *err)
{
    moment moments[LINES_BEFORE + 1 + LINES_AFTER] = {0};
    size_t n = 0, after = 0;
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < run->log.nlooks && after < LINES_AFTER; i++) {
        const cyn_test_look *look = &run->log.looks[i];
        if (look->rule != s->rule) continue;
        if (look->slot > s->look->slot) after++;
        if (look->slot <= s->look->slot && n > LINES_BEFORE) { /* the first goes */
            memmove(moments, moments + 1, (n - 1) * sizeof *moments);
            n--;
        }
        moments[n++] = (moment){.look = look};
    }
    for (size_t i = 0; rc == CYN_OK && i < n; i++)
        rc = fill(run, s, &moments[i], err);
    if (rc == CYN_OK) put_moments(moments, n, s->look, out);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_clear(&moments[i].time);
        cyn_buf_clear(&moments[i].value);
        cyn_buf_clear(&moments[i].state);
    }
    if (rc == CYN_OK && s->look->error) {
        cyn_buf_printf(out, "\n  %s%s",
                       run->ja ? "ルールのエラー：" : "the rule failed: ", s->look->error);
    }
    return rc;
}

/* ---- Hints ---- */

/* The slot nearest to that of the subject in which the segment had the state; NULL: none. */
static const cyn_test_alert *nearest_time(const test_run *run, const test_subject *s,
                                          cyn_alert_state expected)
{
    const cyn_test_alert *near = NULL;
    int64_t best = 0;
    for (size_t i = 0; i < run->log.nalerts; i++) {
        const cyn_test_alert *a = &run->log.alerts[i];
        if (a->rule != s->rule || a->state != expected ||
            !cyn_test_labels_match(a->labels, a->nlabels, s->labels, s->nlabels))
            continue;
        int64_t far = a->slot < s->look->slot ? s->look->slot - a->slot : a->slot - s->look->slot;
        if (near && far >= best) continue;
        near = a;
        best = far;
    }
    return near;
}

cyn_code test_put_elsewhere(const test_run *run, const test_subject *s, cyn_alert_state expected,
                            cyn_buf *out, cyn_err *err)
{
    test_alerts others = {0};
    const char *word = cyn_alert_state_names[expected];
    if (expected == CYN_ALERT_INACTIVE) return CYN_OK;
    const cyn_test_alert *near = nearest_time(run, s, expected);
    if (near) {
        cyn_buf_printf(out, run->ja ? "\n  ヒント：%s になっているのは " : "\n  hint: it is %s at ",
                       word);
        test_put_time(run, near->slot, out);
    } else {
        cyn_buf_printf(out,
                       run->ja ? "\n  ヒント：このテストの間、%s にはなりません"
                               : "\n  hint: it is never %s in this test",
                       word);
    }
    CYN_TRY(test_alerts_at(run, s->rule, NULL, 0, s->look->slot, &others, err));
    size_t shown = 0;
    for (size_t i = 0; i < others.count; i++) {
        if (others.items[i]->state != expected) continue;
        if (shown == 0)
            cyn_buf_printf(
                out,
                run->ja ? "\n  ヒント：その時点で %s のもの" : "\n  hint: what is %s then:", word);
        test_put_alert(others.items[i], shown++, out);
    }
    return CYN_OK;
}

void test_put_alert(const cyn_test_alert *a, size_t number, cyn_buf *out)
{
    if (number < ALERTS_SHOWN)
        cyn_buf_printf(out, "\n    %s: %s", a->identity, cyn_alert_state_names[a->state]);
    else if (number == ALERTS_SHOWN)
        cyn_buf_puts(out, "\n    …");
}

/* ---- Texts ---- */

void test_put_texts(const test_run *run, const char *expected, const char *found, cyn_buf *out)
{
    size_t same = 0;
    while (expected[same] && expected[same] == found[same])
        same++;
    while (same > 0 && ((unsigned char)found[same] & 0xc0) == 0x80)
        same--; /* the first byte of a character */
    cyn_buf_printf(out, "\n    %s  %s\n    %s  %s", run->ja ? "期待" : "expected", expected,
                   run->ja ? "実際" : "found   ", found);
    bool any =
        strncmp(expected + same, "…", strlen("…")) == 0 || strncmp(expected + same, "...", 3) == 0;
    if (any) return; /* it is not there that they differ */
    cyn_buf_printf(out, "\n    %s  ", run->ja ? "    " : "        ");
    cyn_buf_repeat(out, " ", cyn_width(found, same));
    cyn_buf_putc(out, '^');
}
