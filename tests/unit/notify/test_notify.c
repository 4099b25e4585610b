/* Bodies and results that need no server; the rest is tests/golden/notify_*.py. */
#include "base/base64.h"
#include "base/hash.h"
#include "notify/notify.h"
#include "test.h"
#include <pthread.h>
#include <unistd.h>

static cyn_err err;
static cyn_tz *tokyo;
static cyn_calendar calendar;
static cyn_notify_look look = {"Learning app", "en", &calendar, "/tmp"};
static const char *const to[] = {"Team <a@example.com>"};
static const char *const command[] = {"true"};

static const cyn_alert_label labels[] = {{"channel", "ads"}, {"国", NULL}};

static cyn_notice make_notice(void)
{
    return (cyn_notice){
        .rule = "aha_drop",
        .metric = "aha_rate",
        .labels = labels,
        .nlabels = 2,
        .what = CYN_ALERT_FIRED,
        .severity = CYN_WARNING,
        .firing = true,
        .start = 0,
        .ended = CYN_ALERT_NEVER,
        .value = 0.31,
        .target = NAN,
        .unit = "%",
        .title = "Aha",
        .summary = "too low",
        .description = "",
        .key = "k",
        .incident = "i",
        .alert = "a",
    };
}

static cyn_message make_message(const cyn_notice *notices, size_t n)
{
    return (cyn_message){.key = "k", .group = "aha_drop", .notices = notices, .nnotices = n};
}

static cyn_config_channel make_channel(cyn_channel_type type)
{
    return (cyn_config_channel){.name = "c",
                                .type = type,
                                .url = "http://127.0.0.1:9/",
                                .secret = "s",
                                .from = "b@example.com",
                                .to = to,
                                .nto = 1,
                                .path = "/nowhere/at/all",
                                .command = command,
                                .ncommand = 1,
                                .timeout = CYN_SECOND};
}

/* As many allocations succeed as there have to be for it to succeed. */
static void exhausted_memory_is_an_ordinary_error(void)
{
    const cyn_notice notice = make_notice();
    const cyn_message m = make_message(&notice, 1);
    for (int type = CYN_CHANNEL_SLACK; type <= CYN_CHANNEL_ALERTMANAGER; type++) {
        cyn_config_channel channel = make_channel((cyn_channel_type)type);
        cyn_code rc = CYN_E_NOMEM;
        int failures = 0;
        for (size_t n = 1; rc == CYN_E_NOMEM && n < 2000; n++) {
            cyn_buf body = {0};
            cyn_test_fail_after(n);
            rc = cyn_notify_body(&channel, &m, &look, &body, &err);
            cyn_test_fail_after(0);
            failures += rc == CYN_E_NOMEM;
            cyn_buf_clear(&body);
        }
        CHECK_INT(rc, CYN_OK);
        CHECK(failures > 3);
    }
}

static void exhausted_memory_while_sending_is_an_ordinary_error(void)
{
    static const cyn_channel_type types[] = {CYN_CHANNEL_WEBHOOK, CYN_CHANNEL_COMMAND,
                                             CYN_CHANNEL_FILE};
    const cyn_notice notice = make_notice();
    const cyn_message m = make_message(&notice, 1);
    CHECK_INT(cyn_notify_start(&err), CYN_OK);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        cyn_config_channel channel = make_channel(types[i]);
        channel.path = "/dev/null";
        cyn_notify_result r;
        cyn_code rc = CYN_E_NOMEM;
        for (size_t n = 1; rc == CYN_E_NOMEM && n < 2000; n++) {
            cyn_test_fail_after(n);
            rc = cyn_notify_send(&channel, &m, &look, NULL, &r, &err);
            cyn_test_fail_after(0);
        }
        CHECK_INT(rc, CYN_OK);
    }
}

typedef struct worker {
    pthread_t thread;
    const cyn_config_channel *channel;
    int sent;
} worker;

static void *send_often(void *context)
{
    worker *w = context;
    const cyn_notice notice = make_notice();
    const cyn_message m = make_message(&notice, 1);
    for (int i = 0; i < 20; i++) {
        cyn_notify_result r;
        cyn_err mine;
        w->sent += cyn_notify_send(w->channel, &m, &look, NULL, &r, &mine) == CYN_OK &&
                   r.outcome == CYN_NOTIFY_SENT;
    }
    return NULL;
}

static void threads_send_side_by_side(void)
{
    char path[] = "/tmp/cynosure-notify-XXXXXX";
    int fd = mkstemp(path);
    cyn_config_channel file = make_channel(CYN_CHANNEL_FILE),
                       program = make_channel(CYN_CHANNEL_COMMAND);
    worker workers[6];
    CHECK(fd >= 0);
    CHECK_INT(cyn_notify_start(&err), CYN_OK);
    file.path = path;
    program.timeout = CYN_MINUTE;
    for (int i = 0; i < 6; i++) {
        workers[i] = (worker){.channel = i % 2 ? &file : &program};
        CHECK_INT(pthread_create(&workers[i].thread, NULL, send_often, &workers[i]), 0);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK_INT(workers[i].sent, 20);
    }
    close(fd);
    unlink(path);
}

static void an_unusable_channel_says_why(void)
{
    const cyn_notice notice = make_notice();
    const cyn_message m = make_message(&notice, 1);
    cyn_config_channel channel = make_channel(CYN_CHANNEL_COMMAND);
    cyn_notify_result r;
    channel.unusable = "url: the environment variable X is not set";
    CHECK_INT(cyn_notify_send(&channel, &m, &look, NULL, &r, &err), CYN_OK);
    CHECK_INT(r.outcome, CYN_NOTIFY_LATER);
    CHECK_STR(r.detail, channel.unusable);
}

static void a_message_needs_no_zone_and_no_texts(void)
{
    cyn_notice notice = make_notice();
    const cyn_notify_look bare = {"p", NULL, NULL, "/"};
    notice.title = notice.summary = notice.description = NULL;
    const cyn_message m = make_message(&notice, 1);
    for (int type = CYN_CHANNEL_SLACK; type <= CYN_CHANNEL_ALERTMANAGER; type++) {
        cyn_config_channel channel = make_channel((cyn_channel_type)type);
        cyn_buf body = {0};
        CHECK_INT(cyn_notify_body(&channel, &m, &bare, &body, &err), CYN_OK);
        CHECK(body.len > 0);
        cyn_buf_clear(&body);
    }
}

/* Test case 2 of RFC 4231. */
static void a_mac_is_that_of_the_standard(void)
{
    cyn_sha256 mac = cyn_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28);
    char hex[65];
    cyn_hex(mac.bytes, 32, hex);
    CHECK_STR(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 4648, section 10. */
static void base64_is_that_of_the_standard(void)
{
    static const char *const texts[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cyn_buf b = {0};
        cyn_base64(texts[i][0], strlen(texts[i][0]), &b);
        CHECK_STR(b.data ? b.data : "", texts[i][1]);
        cyn_buf_reset(&b);
        CHECK(cyn_base64_decode(texts[i][1], strlen(texts[i][1]), &b));
        CHECK_STR(b.data, texts[i][0]);
        cyn_buf_clear(&b);
    }
    static const char *const wrong[] = {"Zg", "Zg=", "Z", "Zm9v!", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cyn_buf b = {0};
        CHECK(!cyn_base64_decode(wrong[i], strlen(wrong[i]), &b));
        CHECK_INT(b.len, 0);
        cyn_buf_clear(&b);
    }
}

int main(void)
{
    if (cyn_tz_load("Asia/Tokyo", &tokyo, &err) != CYN_OK) return 1;
    calendar = (cyn_calendar){.tz = tokyo, .week_start = 1, .fiscal_month = 1};
    RUN(exhausted_memory_is_an_ordinary_error);
    RUN(exhausted_memory_while_sending_is_an_ordinary_error);
    RUN(threads_send_side_by_side);
    RUN(an_unusable_channel_says_why);
    RUN(a_message_needs_no_zone_and_no_texts);
    RUN(a_mac_is_that_of_the_standard);
    RUN(base64_is_that_of_the_standard);
    cyn_tz_free(tokyo);
    return test_end();
}
