/* What people say about alerts: alerts ack, silence, silences, unsilence. */
#include "app/alerts.h"
#include "app/commands.h"
#include "base/text.h"

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

static cyn_code ack_word(cyn_alerts *a, const cyn_args *args, const char *word, cyn_buf *out,
                         cyn_err *err)
{
    const cyn_alert_row *const *rows = NULL;
    const char *who = cyn_alerts_who(args);
    bool undo = cyn_arg(args, "undo") != NULL, ja = is_japanese(a);
    size_t n = 0;
    CYN_TRY(cyn_roster_ack(&a->roster, word, who, cyn_arg(args, "why"), undo, &rows, &n, err));
    for (size_t i = 0; i < n; i++)
        if (undo)
            cyn_buf_printf(out,
                           ja ? "%s：対応中を取り消しました\n" : "%s: no longer acknowledged\n",
                           rows[i]->identity);
        else
            cyn_buf_printf(out, ja ? "%s：%sが対応中\n" : "%s: acknowledged by %s\n",
                           rows[i]->identity, who);
    return CYN_OK;
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
    int64_t micros = 0, end = CYN_TIME_MIN;
    out->from = a->clock;
    if (from) CYN_TRY(cyn_alerts_time(a, "from", from, &out->from, err));
    if (!length == !until)
        return cyn_fail(err, CYN_E_USAGE, "until when? Give either --for 2h or --until TIME");
    if (length) CYN_TRY(cyn_alerts_duration("for", length, &micros, err));
    if (until) CYN_TRY(cyn_alerts_time(a, "until", until, &end, err));
    cyn_code rc = cyn_roster_silence_end(&a->roster, out->from, micros, end, &out->until, err);
    if (rc != CYN_E_RANGE) return rc;
    cyn_context(err, "--%s %s", length ? "for" : "until", length ? length : until);
    if (err) err->code = CYN_E_USAGE;
    return CYN_E_USAGE;
}

/* now: alerts that fire and match. */
static void say_silenced(const cyn_alerts *a, const cyn_alert_silence *s, size_t now, cyn_buf *out)
{
    cyn_buf_printf(out, is_japanese(a) ? "通知停止%lld：" : "silence %lld: ", (long long)s->id);
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
    size_t matching = 0;
    cyn_code rc = CYN_OK;
    cyn_matcher *m = CYN_NEW_ARRAY(a->session.arena, args->npositional, cyn_matcher);
    if (!m) return cyn_nomem(err);
    s.matchers = m;
    for (size_t i = 0; i < args->npositional; i++) {
        CYN_GOTO(cyn_matcher_parse(args->positional[i], a->session.arena, &m[i], err));
        s.nmatchers++;
    }
    CYN_GOTO(silence_times(a, args, &s, err));
    CYN_GOTO(cyn_roster_silence(&a->roster, &s, &matching, err));
    say_silenced(a, &s, matching, out);
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
    const cyn_alert_silence *items = a->roster.mutes.silences;
    size_t n = a->roster.mutes.nsilences;
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
