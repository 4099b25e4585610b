/* A text in every place of a message that comes from data or a person, and as a template: no body
 * may hold a byte that is not UTF-8 or a control that does something, no mail another header.
 */
#include "base/text.h"
#include "notify/notify.h"
#include "notify/template.h"
#include "promise.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const to[] = {"a@example.com"};

static void try_body(cyn_channel_type type, const cyn_message *m, const cyn_notify_look *look)
{
    cyn_config_channel channel = {
        .name = "c", .type = type, .from = "b@example.com", .to = to, .nto = 1};
    cyn_buf body = {0};
    cyn_err err;
    PROMISE(cyn_notify_body(&channel, m, look, &body, &err) == CYN_OK);
    PROMISE(cyn_utf8_valid(body.data, body.len) == body.len);
    for (size_t i = 0; i < body.len; i++) {
        bool line = body.data[i] == '\n' || (type == CYN_CHANNEL_EMAIL && body.data[i] == '\r');
        if (type == CYN_CHANNEL_STDOUT || type == CYN_CHANNEL_EMAIL)
            PROMISE(line || !cyn_control_size(body.data + i, body.len - i));
        else /* one line of JSON; what JSON need not escape stays */
            PROMISE((unsigned char)body.data[i] >= 0x20);
    }
    if (type == CYN_CHANNEL_EMAIL) {
        char *end = strstr(body.data, "\r\n\r\n");
        PROMISE(end);
        *end = '\0';
        PROMISE(!strcasestr(body.data, "\nbcc:") && !strcasestr(body.data, "\ncc:"));
    }
    cyn_buf_clear(&body);
}

static void try_message(const char *text, const cyn_notify_look *look)
{
    const cyn_alert_label labels[] = {{text, text}, {"a", NULL}};
    const cyn_notice notice = {
        .rule = text,
        .metric = text,
        .labels = labels,
        .nlabels = 2,
        .what = CYN_ALERT_FIRED,
        .severity = CYN_CRITICAL,
        .firing = true,
        .ended = CYN_ALERT_NEVER,
        .value = 1,
        .target = 2,
        .unit = text,
        .period = text,
        .title = text,
        .summary = text,
        .description = text,
        .runbook = text,
        .owner = text,
    };
    const cyn_message m = {.key = text,
                           .group = text,
                           .group_labels = labels,
                           .ngroup_labels = 1,
                           .notices = &notice,
                           .nnotices = 1};
    for (int type = CYN_CHANNEL_SLACK; type <= CYN_CHANNEL_ALERTMANAGER; type++)
        try_body((cyn_channel_type)type, &m, look);
}

/* What is rendered with nothing filled in is the text between the names. */
static void try_template(const char *text)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_template *t;
    cyn_err err = {0};
    if (cyn_template_parse(text, a, &t, &err) == CYN_OK) {
        const char **fill = CYN_NEW_ARRAY(a, t->nnames + 1, const char *);
        cyn_buf b = {0};
        size_t literal = 0;
        for (size_t i = 0; i < t->nnames; i++) {
            PROMISE(*t->names[i] && t->columns[i] >= 1);
            fill[i] = "";
        }
        for (size_t i = 0; i < t->nparts; i++) {
            PROMISE(t->parts[i].text || t->parts[i].name < t->nnames);
            literal += t->parts[i].text ? t->parts[i].n : 0;
        }
        cyn_template_render(t, fill, &b);
        PROMISE(b.len == literal && literal <= strlen(text));
        cyn_buf_clear(&b);
    } else {
        PROMISE(err.code == CYN_E_SYNTAX && err.column >= 1);
    }
    cyn_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = cyn_malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    try_template(text);
    try_message(text, &(cyn_notify_look){text, "en", NULL, "/"});
    try_message(text, &(cyn_notify_look){text, "ja", NULL, "/"});
    cyn_free(text);
    return 0;
}
