/* Sends, or shows, a message of some kind over a channel of a project's cynosure.yaml:
 *
 *     sender YAML CHANNEL KIND [--key KEY] [--at INSTANT] [--body | --interrupt-after MILLISECONDS]
 *
 * Prints the body, or the result as a line of JSON. Kinds are below. */
#include "config/config.h"
#include "notify/notify.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 200
static cyn_notice notices[MOST];
static size_t count;
static char long_text[100001];

static const cyn_alert_label ads[] = {{"channel", "ads"}, {"plan", NULL}};
static const cyn_alert_label hostile[] = {
    {"channel", "<!channel> & \"quotes\" \\ 'x' </b><script>alert(1)</script>"},
    {"country\r\nBcc: all@example.com", "a\nb\tc\x7F\x1B[31m\r\n.\r\n"},
    {"bytes", "\xFF\xFE not UTF-8 \xE3\x81"},
    {"国", "日本"},
    {"severity", "mine"},
    {"label_1", "x"},
    {"", "nobody"},
    {"empty", ""},
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static cyn_notice *add(const cyn_alert_label *labels, size_t nlabels, int64_t at)
{
    cyn_notice *n = &notices[count++];
    *n = (cyn_notice){
        .rule = "aha_drop",
        .metric = "aha_rate",
        .identity = "aha_drop",
        .labels = labels,
        .nlabels = nlabels,
        .what = CYN_ALERT_FIRED,
        .severity = CYN_WARNING,
        .firing = true,
        .at = at,
        .start = at,
        .ended = CYN_ALERT_NEVER,
        .value = 0.312,
        .target = 0.4,
        .unit = "%",
        .period = "2026-W46",
        .title = "Aha% drop",
        .summary = "Aha% in ads is 31.2 %, -7.1 % against last week",
        .description = "",
        .runbook = "https://example.com/runbooks/aha",
        .owner = "growth",
        .facts = "{\"when\":\"change(\\\"1w\\\") < -0.05\",\"readings\":{\"value\":0.312},"
                 "\"holds\":{\"warning\":true,\"critical\":false}}",
    };
    snprintf(n->key, sizeof n->key, "e%031zu", count);
    snprintf(n->incident, sizeof n->incident, "c%031zu", count);
    snprintf(n->alert, sizeof n->alert, "a%031zu", count);
    return n;
}

static void end(cyn_notice *n, int64_t at)
{
    n->what = CYN_ALERT_ENDED;
    n->reason = CYN_REASON_RECOVERED;
    n->firing = false;
    n->at = n->ended = at;
}

static void translate(cyn_notice *n)
{
    n->title = "Aha率の低下";
    n->summary = "広告のAha率は31.2%で、先週から7.1%下がりました";
    n->description = "初回の学習体験を確かめてください。\n担当: 成長チーム";
    n->owner = "成長";
}

/* Of the message's own alerts only the incident's start must stay the same over several runs. */
static bool make(const char *kind, int64_t at, cyn_message *m)
{
    int64_t start = at - 2 * CYN_HOUR - 30 * CYN_MINUTE;
    cyn_notice *n = NULL;
    if (strcmp(kind, "fired") == 0) {
        add(ads, 2, at);
    } else if (strcmp(kind, "japanese") == 0) {
        translate(add(ads, 2, at));
    } else if (strcmp(kind, "rose") == 0) {
        n = add(ads, 2, at);
        n->what = CYN_ALERT_ROSE;
        n->severity = CYN_CRITICAL;
        n->start = start;
    } else if (strcmp(kind, "reminder") == 0) {
        n = add(ads, 2, at);
        n->what = CYN_ALERT_RENEWED;
        n->start = start;
        m->reminder = true;
    } else if (strcmp(kind, "resolved") == 0) {
        n = add(ads, 2, start);
        end(n, at);
    } else if (strcmp(kind, "gone") == 0) {
        n = add(ads, 1, start);
        end(n, at);
        n->reason = CYN_REASON_GONE;
        n->value = n->target = NAN;
        n->period = n->runbook = n->owner = n->unit = n->facts = NULL;
        n->summary = "";
    } else if (strcmp(kind, "escalated") == 0) {
        n = add(ads, 2, start);
        n->severity = CYN_CRITICAL;
        m->escalated = true;
    } else if (strcmp(kind, "several") == 0) {
        add(ads, 1, start);
        n = add(NULL, 0, at);
        n->severity = CYN_INFO;
        n = add(ads, 2, start);
        end(n, at);
        n = add(ads, 1, at); /* the first one's end */
        *n = notices[0];
        end(n, at);
        snprintf(n->key, sizeof n->key, "e%031zu", count);
    } else if (strcmp(kind, "hostile") == 0) {
        n = add(hostile, COUNT(hostile), at);
        n->rule = n->title = "*bold* <@U123> \"x\"";
        n->summary = "line one\nline two & <b>three</b>\x01\xFF";
        n->description = ".\r\n.\r\nMAIL FROM:<x>\n</body>";
        n->owner = "a\x1B]0;title\x07";
        n->runbook = "javascript:alert(1)";
        n->facts = "not JSON\n";
    } else if (strcmp(kind, "long") == 0) {
        memset(long_text, '&', sizeof long_text - 1);
        n = add(ads, 2, at);
        n->title = n->summary = n->description = n->runbook = n->owner = n->period = long_text;
    } else if (strcmp(kind, "wide") == 0) {
        for (size_t i = 0; i + 3 < sizeof long_text; i += 3)
            memcpy(long_text + i, "警", 3);
        n = add(ads, 2, at);
        n->title = n->summary = n->description = n->runbook = n->owner = n->period = long_text;
    } else if (strcmp(kind, "many") == 0) {
        for (size_t i = 0; i < MOST; i++)
            add(ads, 2, at);
    } else {
        return strcmp(kind, "nothing") == 0;
    }
    return true;
}

typedef struct interruption {
    atomic_bool flag;
    long after; /* milliseconds */
} interruption;

static void *interrupt(void *context)
{
    interruption *i = context;
    usleep((useconds_t)(i->after * 1000));
    atomic_store(&i->flag, true);
    return NULL;
}

static int fail(const cyn_err *err)
{
    char text[2048];
    cyn_err_format(err, text, sizeof text);
    printf("{\"error\":\"%s\"}\n", cyn_code_name(err->code));
    fprintf(stderr, "%s\n", text);
    return 1;
}

static int send_it(const cyn_config_channel *channel, const cyn_message *m,
                   const cyn_notify_look *look, long after)
{
    static const char *const names[] = {"sent", "later", "refused"};
    static interruption stop;
    pthread_t thread;
    cyn_err err = {0};
    cyn_notify_result r;
    stop.after = after;
    if (cyn_notify_start(&err) != CYN_OK) return fail(&err);
    if (after >= 0) pthread_create(&thread, NULL, interrupt, &stop);
    int64_t begun = cyn_monotonic();
    cyn_code rc = cyn_notify_send(channel, m, look, &stop.flag, &r, &err);
    double took = (double)(cyn_monotonic() - begun) / CYN_SECOND;
    if (after >= 0) pthread_join(thread, NULL);
    if (rc != CYN_OK) {
        fprintf(stderr, "took %.3f\n", took);
        return fail(&err);
    }
    cyn_buf b = {0};
    cyn_buf_printf(&b, "{\"outcome\":\"%s\",\"retry_after\":%.3f,\"took\":%.3f,\"detail\":",
                   names[r.outcome], (double)r.retry_after / CYN_SECOND, took);
    cyn_buf_json_string(&b, r.detail, strlen(r.detail));
    printf("%s}\n", b.data);
    cyn_buf_clear(&b);
    return 0;
}

static int show(const cyn_config_channel *channel, const cyn_message *m,
                const cyn_notify_look *look)
{
    cyn_err err = {0};
    cyn_buf body = {0};
    int rc = 0;
    if (cyn_notify_body(channel, m, look, &body, &err) != CYN_OK)
        rc = fail(&err);
    else
        fwrite(body.data, 1, body.len, stdout);
    cyn_buf_clear(&body);
    return rc;
}

static int run(const cyn_config *config, const char *dir, int argc, char **argv)
{
    static const cyn_alert_label group[] = {{"rule", "aha_drop"}};
    cyn_message m = {
        .key = "0123456789abcdef", .group = "aha_drop", .group_labels = group, .ngroup_labels = 1};
    const cyn_config_channel *channel = NULL;
    bool body = false;
    long after = -1;
    cyn_err err = {0};
    cyn_tz *tz;
    if (!cyn_parse_instant("2026-11-16T09:00:00+09:00", 25, NULL, &m.at)) return 1;
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--body") == 0) body = true;
        if (strcmp(argv[i], "--key") == 0) m.key = argv[++i];
        if (strcmp(argv[i], "--interrupt-after") == 0) after = strtol(argv[++i], NULL, 10);
        if (strcmp(argv[i], "--at") == 0 &&
            !cyn_parse_instant(argv[i + 1], strlen(argv[i + 1]), NULL, &m.at))
            return 1;
    }
    for (size_t i = 0; i < config->nchannels; i++)
        if (strcmp(config->channels[i].name, argv[2]) == 0) channel = &config->channels[i];
    if (!channel || !make(argv[3], m.at, &m)) return 2;
    if (cyn_tz_load(config->timezone, &tz, &err) != CYN_OK) return fail(&err);
    m.notices = notices;
    m.nnotices = count;
    cyn_calendar calendar = {.tz = tz, .week_start = 1, .fiscal_month = 1};
    cyn_notify_look look = {config->name, config->language, &calendar, dir};
    int rc = body ? show(channel, &m, &look) : send_it(channel, &m, &look, after);
    cyn_tz_free(tz);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_err_list errs;
    cyn_config *config;
    cyn_err_list_init(&errs, arena);
    if (cyn_config_load(argv[1], "cynosure.yaml", arena, &config, &errs) != CYN_OK)
        return errs.count ? fail(&errs.items[0]) : 1;
    const char *slash = strrchr(argv[1], '/');
    char *dir =
        slash ? cyn_strndup(arena, argv[1], (size_t)(slash - argv[1])) : cyn_strdup(arena, ".");
    int rc = run(config, dir, argc, argv);
    cyn_arena_free(arena);
    return rc;
}
