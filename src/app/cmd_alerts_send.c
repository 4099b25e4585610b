/* alerts send-test: does a channel work? alerts dead: what nobody got. */
#include "app/alerts.h"
#include "app/commands.h"
#include "base/text.h"
#include "notify/notify.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- a test message ---- */

static cyn_code find_channel(const cyn_config *config, const char *name,
                             const cyn_config_channel **out, cyn_err *err)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < config->nchannels; i++) {
        *out = &config->channels[i];
        if (strcmp((*out)->name, name) == 0) return CYN_OK;
        if (n < sizeof names / sizeof *names) names[n++] = (*out)->name;
    }
    const char *near = cyn_nearest(name, names, n);
    cyn_fail(err, CYN_E_NAME, "there is no channel '%s'", name);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else
        cyn_hint(err, "channels are declared under 'channels' in cynosure.yaml");
    return CYN_E_NAME;
}

/* An incident of no rule, which says in every text that it is none. */
static cyn_notice test_notice(int64_t now, bool ja)
{
    static const cyn_alert_label labels[] = {{"test", "true"}};
    const char *identity = "cynosure_test{test=\"true\"}";
    cyn_notice n = {
        .rule = "cynosure_test",
        .metric = "cynosure_test",
        .identity = identity,
        .labels = labels,
        .nlabels = 1,
        .what = CYN_ALERT_FIRED,
        .severity = CYN_INFO,
        .firing = true,
        .at = now,
        .start = now,
        .ended = CYN_ALERT_NEVER,
        .value = NAN,
        .target = NAN,
        .title = ja ? "テスト通知" : "Test message",
        .summary = ja ? "これはテストです。対応は不要です。" : "This is a test: nothing is wrong.",
        .description = ja ? "cynosure alerts send-test から送信されました。"
                          : "Sent by cynosure alerts send-test.",
        .facts = "{\"when\":\"true\",\"readings\":{},\"holds\":{}}",
    };
    cyn_alert_event event = {.what = CYN_ALERT_FIRED, .slot = now, .began = now, .start = now};
    cyn_alert_event_key(identity, &event, n.key);
    cyn_alert_incident_key(identity, now, n.incident);
    cyn_alert_key(identity, n.alert);
    return n;
}

static int say_result(const cyn_config_channel *c, const cyn_notify_result *r, bool ja)
{
    static const char *const en_words[] = {"delivered", "not delivered, may work later", "refused"};
    static const char *const ja_words[] = {"送信しました", "送信できません（再試行できます）",
                                           "拒否されました"};
    bool sent = r->outcome == CYN_NOTIFY_SENT;
    const char *colon = ja ? "：" : ": ";
    fprintf(sent ? stdout : stderr, ja ? "%s（%s）%s%s%s%s\n" : "%s (%s)%s%s%s%s\n", c->name,
            cyn_channel_names[c->type], colon, (ja ? ja_words : en_words)[r->outcome],
            r->detail[0] ? colon : "", r->detail);
    return sent ? CYN_EXIT_OK : CYN_EXIT_FAILED;
}

static int send_test(cyn_session *s, const cyn_args *args)
{
    cyn_err err = {0};
    const cyn_config *config = s->project->config;
    const cyn_config_channel *channel = NULL;
    cyn_notify_result result = {0};
    bool ja = cyn_is_japanese(config->language);
    int64_t now = cyn_now();
    cyn_notice notice = test_notice(now, ja);
    cyn_alert_label group = {"rule", notice.rule};
    cyn_message m = {.key = notice.key,
                     .group = notice.rule,
                     .group_labels = &group,
                     .ngroup_labels = 1,
                     .notices = &notice,
                     .nnotices = 1,
                     .at = now};
    cyn_notify_look look = {.project = config->name,
                            .language = config->language,
                            .calendar = &s->project->calendar,
                            .dir = s->project->dir};
    if (find_channel(config, args->positional[0], &channel, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    if (cyn_arg(args, "dry-run")) {
        cyn_buf out = {0};
        cyn_code rc = cyn_notify_body(channel, &m, &look, &out, &err);
        if (rc == CYN_OK && out.len && out.data[out.len - 1] != '\n') cyn_buf_putc(&out, '\n');
        if (rc == CYN_OK) return cyn_print(&out);
        cyn_buf_clear(&out);
        return cyn_fail_exit(&err);
    }
    if (cyn_notify_start(&err) != CYN_OK ||
        cyn_notify_send(channel, &m, &look, &cyn_interrupted, &result, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    return say_result(channel, &result, ja);
}

int cyn_cmd_alerts_send_test(const cyn_args *args)
{
    if (args->npositional != 1)
        return cyn_usage_error(args, "expected one channel of cynosure.yaml");
    cyn_session s;
    int rc = cyn_session_open(&s, args, false);
    if (rc == CYN_EXIT_OK) rc = send_test(&s, args);
    cyn_session_close(&s);
    return rc;
}

/* ---- what was given up ---- */

static cyn_code list_dead(cyn_alerts *a, cyn_buf *out, cyn_err *err)
{
    const cyn_message_row *rows = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_messages(a->store, CYN_MESSAGE_DEAD, a->session.arena, &rows, &n, err));
    cyn_dead_item *items = CYN_NEW_ARRAY(a->session.arena, n + 1, cyn_dead_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        items[i] = (cyn_dead_item){.id = rows[i].id,
                                   .made = rows[i].made,
                                   .tried = rows[i].tried,
                                   .attempts = rows[i].attempts,
                                   .events = rows[i].nevents,
                                   .channel = rows[i].channel,
                                   .group = rows[i].group,
                                   .key = rows[i].key,
                                   .detail = rows[i].detail};
    return cyn_report_dead(items, n, &a->report, out, err);
}

static cyn_code resend(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    bool ja = cyn_is_japanese(a->report.language);
    for (size_t i = 1; i < args->npositional; i++) {
        int64_t id = 0;
        CYN_TRY(cyn_alerts_number("message", args->positional[i], &id, err));
        CYN_TRY(cyn_store_resend(a->store, id, a->clock, err));
        cyn_buf_printf(out,
                       ja ? "通知%lldは次の alerts run で送信されます\n"
                          : "message %lld waits for the next 'alerts run'\n",
                       (long long)id);
    }
    return CYN_OK;
}

static int dead(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_code rc = args->npositional ? resend(a, args, &out, &err) : list_dead(a, &out, &err);
    int code = cyn_print(&out);
    return rc == CYN_OK ? code : cyn_fail_exit(&err);
}

int cyn_cmd_alerts_dead(const cyn_args *args)
{
    if (args->npositional && strcmp(args->positional[0], "resend") != 0)
        return cyn_usage_error(args, "expected 'resend', found '%s'", args->positional[0]);
    if (args->npositional == 1) return cyn_usage_error(args, "resend which message? Give its ID");
    cyn_alerts a;
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) rc = dead(&a, args);
    cyn_alerts_close(&a);
    return rc;
}
