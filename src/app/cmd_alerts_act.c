/* What people say about alerts: alerts ack, silence, silences, unsilence. */
#include "app/alerts.h"
#include "app/commands.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef cyn_code act(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err);

/* Opens the project, has it done, prints what it says. */
static int run(const cyn_args *args, act *doing)
{
    cyn_alerts a;
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) {
        cyn_err err = {0};
        cyn_buf out = {0};
        cyn_code code = cyn_alerts_load(&a, &err);
        if (code == CYN_OK) code = doing(&a, args, &out, &err);
        rc = cyn_print(&out); /* what was done before it failed, too */
        if (code != CYN_OK) rc = cyn_fail_exit(&err);
    }
    cyn_alerts_close(&a);
    return rc;
}

static bool is_japanese(const cyn_alerts *a)
{
    return cyn_is_japanese(a->report.language);
}

/* ---- ack ---- */

static cyn_code ack_one(cyn_alerts *a, const cyn_args *args, const cyn_alert_row *row, cyn_buf *out,
                        cyn_err *err)
{
    const char *who = cyn_alerts_who(args);
    cyn_ack ack = {.identity = row->identity,
                   .start = row->alert.start,
                   .at = a->clock,
                   .who = who,
                   .why = cyn_arg(args, "why")};
    if (cyn_arg(args, "undo")) {
        CYN_TRY(cyn_store_unack(a->store, row->identity, row->alert.start, err));
        cyn_buf_printf(
            out, is_japanese(a) ? "%s：対応中を取り消しました\n" : "%s: no longer acknowledged\n",
            row->identity);
        return CYN_OK;
    }
    CYN_TRY(cyn_store_ack(a->store, &ack, err));
    cyn_buf_printf(out, is_japanese(a) ? "%s：%sが対応中\n" : "%s: acknowledged by %s\n",
                   row->identity, who);
    return CYN_OK;
}

static cyn_code ack_word(cyn_alerts *a, const cyn_args *args, const char *word, cyn_buf *out,
                         cyn_err *err)
{
    size_t *found = NULL, n = 0, firing = 0;
    CYN_TRY(cyn_alerts_find(a, word, &found, &n, err));
    for (size_t i = 0; i < n; i++) {
        const cyn_alert_row *row = &a->rows[found[i]];
        if (!cyn_alert_is_firing(&row->alert)) continue;
        CYN_TRY(ack_one(a, args, row, out, err));
        firing++;
    }
    if (firing) return CYN_OK;
    cyn_fail(err, CYN_E_NAME, "'%s' does not fire: there is nothing to acknowledge", word);
    cyn_hint(err, "'cynosure alerts' lists what does; 'alerts silence' keeps what may come quiet");
    return CYN_E_NAME;
}

static cyn_code ack(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    for (size_t i = 0; i < args->npositional; i++)
        CYN_TRY(ack_word(a, args, args->positional[i], out, err));
    return CYN_OK;
}

int cyn_cmd_alerts_ack(const cyn_args *args)
{
    if (args->npositional == 0)
        return cyn_usage_error(args, "which alert? 'cynosure alerts' lists them");
    return run(args, ack);
}

/* ---- silence ---- */

static cyn_code silence_times(const cyn_alerts *a, const cyn_args *args, cyn_alert_silence *out,
                              cyn_err *err)
{
    const char *length = cyn_arg(args, "for"), *until = cyn_arg(args, "until");
    const char *from = cyn_arg(args, "from");
    int64_t micros = 0;
    out->from = a->clock;
    if (from) CYN_TRY(cyn_alerts_time(a, "from", from, &out->from, err));
    if (!length == !until)
        return cyn_fail(err, CYN_E_USAGE, "until when? Give either --for 2h or --until TIME");
    if (length) {
        CYN_TRY(cyn_alerts_duration("for", length, &micros, err));
        if (micros > 3660 * CYN_DAY)
            return cyn_fail(err, CYN_E_USAGE, "--for %s: that is for ever; mend the rule", length);
        /* Nobody thinks of seconds; the last minute counts as a whole. */
        out->until = out->from + micros + CYN_MINUTE - 1;
        out->until -= out->until % CYN_MINUTE;
        return CYN_OK;
    }
    CYN_TRY(cyn_alerts_time(a, "until", until, &out->until, err));
    if (out->until > out->from && out->until > a->clock) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "--until %s: has passed already", until);
}

static size_t count_matches(const cyn_alerts *a, const cyn_alert_silence *s)
{
    size_t n = 0;
    for (size_t i = 0; i < a->nrows; i++) {
        const cyn_alert_row *row = &a->rows[i];
        const cyn_rule *rule = cyn_alerts_rule(a, row->rule);
        cyn_notice notice;
        if (!cyn_alert_is_firing(&row->alert)) continue;
        if (cyn_alerts_notice(a, row, rule, &notice, NULL) == CYN_OK)
            n += cyn_matchers_match(s->matchers, s->nmatchers, &notice);
    }
    return n;
}

static void say_silenced(const cyn_alerts *a, const cyn_alert_silence *s, int64_t id, cyn_buf *out)
{
    size_t now = count_matches(a, s);
    cyn_buf_printf(out, is_japanese(a) ? "通知停止%lld：" : "silence %lld: ", (long long)id);
    for (size_t i = 0; i < s->nmatchers; i++) {
        if (i) cyn_buf_putc(out, ' ');
        cyn_matcher_text(&s->matchers[i], out);
    }
    cyn_buf_puts(out, is_japanese(a) ? "、終了 " : ", until ");
    cyn_put_moment(s->until, &a->report, out);
    if (now == 0)
        cyn_buf_puts(out, is_japanese(a) ? "、該当する発火中のアラートなし"
                                         : "; no alert that fires matches now");
    else if (now == 1)
        cyn_buf_puts(out,
                     is_japanese(a) ? "、発火中1件が対象" : "; 1 alert that fires is silent now");
    else
        cyn_buf_printf(
            out, is_japanese(a) ? "、発火中%zu件が対象" : "; %zu alerts that fire are silent now",
            now);
    cyn_buf_putc(out, '\n');
}

static cyn_code silence(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    cyn_alert_silence s = {.who = cyn_alerts_who(args), .why = cyn_arg(args, "why")};
    int64_t id = 0;
    cyn_code rc = CYN_OK;
    cyn_matcher *m = CYN_NEW_ARRAY(a->session.arena, args->npositional, cyn_matcher);
    if (!m) return cyn_nomem(err);
    s.matchers = m;
    for (size_t i = 0; i < args->npositional; i++) {
        CYN_GOTO(cyn_matcher_parse(args->positional[i], a->session.arena, &m[i], err));
        s.nmatchers++;
    }
    CYN_GOTO(silence_times(a, args, &s, err));
    CYN_GOTO(cyn_store_add_silence(a->store, &s, a->clock, &id, err));
    say_silenced(a, &s, id, out);
done:
    cyn_matchers_free(m, s.nmatchers);
    return rc;
}

int cyn_cmd_alerts_silence(const cyn_args *args)
{
    if (args->npositional == 0)
        return cyn_usage_error(args, "silence what? Name a rule, or match: channel=ads");
    if (!cyn_arg(args, "why"))
        return cyn_usage_error(args, "say why: --why \"planned campaign break\"; whoever wonders "
                                     "reads it");
    return run(args, silence);
}

/* ---- silences, unsilence ---- */

static cyn_code list_silences(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    const cyn_alert_silence *items = a->mutes.silences;
    size_t n = a->mutes.nsilences;
    bool all = cyn_arg(args, "all") != NULL;
    if (all)
        CYN_TRY(cyn_store_silences(a->store, a->clock, true, a->session.arena, &items, &n, err));
    cyn_code rc = cyn_report_silences(items, n, a->clock, &a->report, out, err);
    for (size_t i = 0; all && i < n; i++)
        cyn_matchers_free(items[i].matchers, items[i].nmatchers);
    return rc;
}

int cyn_cmd_alerts_silences(const cyn_args *args)
{
    if (args->npositional)
        return cyn_usage_error(args, "expected no argument, found '%s'", args->positional[0]);
    return run(args, list_silences);
}

static cyn_code unsilence(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    for (size_t i = 0; i < args->npositional; i++) {
        int64_t id = 0;
        CYN_TRY(cyn_alerts_number("silence", args->positional[i], &id, err));
        CYN_TRY(cyn_store_end_silence(a->store, id, a->clock, err));
        cyn_buf_printf(out,
                       is_japanese(a) ? "通知停止%lldを終了しました\n" : "silence %lld has ended\n",
                       (long long)id);
    }
    return CYN_OK;
}

int cyn_cmd_alerts_unsilence(const cyn_args *args)
{
    if (args->npositional == 0)
        return cyn_usage_error(args, "which silence? 'cynosure alerts silences' lists them");
    return run(args, unsilence);
}
