/* Durations, rates, days and hours of what concerns alerts; texts with secrets in them. */
#include "config/leaf_alert.h"
#include "base/text.h"
#include "base/time.h"
#include "config/expand.h"
#include "config/leaf_impl.h"
#include <string.h>

static bool read_lazy(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    const char *text, *problem = NULL;
    if (!cyn_shape_read(l, shape->item, node, &text)) return false;
    text = cyn_expand_lazily(l, node, &problem);
    if (!text) return false;
    if (problem && !l->problem) {
        l->problem = cyn_sprintf(l->arena, "%s: %s", l->trail->key, problem);
        if (!l->problem) return cyn_out_of_memory(l);
    }
    memcpy(out, &text, sizeof text);
    return true;
}

const cyn_shape cyn_leaf_lazy = {.expected = "a text", .read = read_lazy, .item = &cyn_leaf_line};

/* Durations */

#define DAY_SECONDS 86400
#define TEN_YEARS   (3653 * DAY_SECONDS)
/* At most nine digits, so that the pattern and the loader agree on what is a duration at all. */
#define DURATION "(?=[0-9])([0-9]{1,9}w)?([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?"

/* Weeks to seconds: nobody waits for milliseconds. */
static bool parse_duration(const char *s, int64_t *out)
{
    size_t digits = 0;
    for (const char *p = s; *p; p++) {
        digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
        if (digits > 9 || (!digits && !strchr("wdhms", *p))) return false;
        if (*p == 'm' && p[1] == 's') return false;
    }
    return cyn_parse_duration(s, strlen(s), out);
}

static bool read_duration(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int64_t value;
    if (!cyn_node_is_text(node) || !parse_duration(node->text, &value))
        return cyn_report_expected(l, shape->expected, node);
    if (value < shape->min * CYN_SECOND || value > shape->max * CYN_SECOND)
        return cyn_report(l, CYN_E_RANGE, node, "a duration out of range: expected %s, found %s",
                          shape->expected, node->text);
    memcpy(out, &value, sizeof value);
    return true;
}

const cyn_shape cyn_leaf_duration = {
    .expected = "a duration such as 30m, 2h or 1d, of a second to ten years",
    .read = read_duration,
    .min = 1,
    .max = TEN_YEARS,
    .schema = "\"type\":\"string\",\"pattern\":\"^" DURATION "$\""};
const cyn_shape cyn_leaf_wait = {.expected = "a duration such as 0s, 30s or 5m, of at most a day",
                                 .read = read_duration,
                                 .min = 0,
                                 .max = DAY_SECONDS,
                                 .schema = "\"type\":\"string\",\"pattern\":\"^" DURATION "$\""};
const cyn_shape cyn_leaf_patience = {
    .expected = "a duration such as 0s, 6h or 35d, of at most ten years",
    .read = read_duration,
    .min = 0,
    .max = TEN_YEARS,
    .schema = "\"type\":\"string\",\"pattern\":\"^" DURATION "$\""};
const cyn_shape cyn_leaf_timeout = {.expected =
                                        "a duration such as 10s, of a second to ten minutes",
                                    .read = read_duration,
                                    .min = 1,
                                    .max = 600,
                                    .schema = "\"type\":\"string\",\"pattern\":\"^" DURATION "$\""};

static bool read_repeat(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int64_t never = 0;
    if (!cyn_node_is_text(node) || strcmp(node->text, "never") != 0)
        return read_duration(l, shape, node, out);
    memcpy(out, &never, sizeof never);
    return true;
}

const cyn_shape cyn_leaf_repeat = {
    .expected = "never, or a duration such as 4h or 1d, of a minute to ten years",
    .read = read_repeat,
    .min = 60,
    .max = TEN_YEARS,
    .schema = "\"type\":\"string\",\"pattern\":\"^(never|" DURATION ")$\""};

/* "30/1h", "30/h", "none" */
static bool parse_rate(const char *s, int *rate, int64_t *per)
{
    size_t digits = strspn(s, "0123456789");
    if (digits == 0 || digits > 6 || *s == '0' || s[digits] != '/') return false;
    *rate = 0;
    for (size_t i = 0; i < digits; i++)
        *rate = 10 * *rate + (s[i] - '0');
    s += digits + 1;
    const char one[] = {'1', *s, '\0'};
    return parse_duration(s[0] && !s[1] ? one : s, per);
}

static bool read_rate(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_config_channel *channel = out;
    int rate = 0;
    int64_t per = 0;
    bool none = cyn_node_is_text(node) && strcmp(node->text, "none") == 0;
    if (!none && (!cyn_node_is_text(node) || !parse_rate(node->text, &rate, &per)))
        return cyn_report_expected(l, shape->expected, node);
    if (!none && (per < CYN_SECOND || per > 7 * CYN_DAY))
        return cyn_report(l, CYN_E_RANGE, node,
                          "a duration out of range: expected a rate per second, per week or "
                          "anything between, found %s",
                          node->text);
    channel->rate = rate;
    channel->rate_per = per;
    return true;
}

const cyn_shape cyn_leaf_rate = {
    .expected = "none, or how many in how long, such as 30/1h",
    .read = read_rate,
    .schema =
        "\"type\":\"string\",\"pattern\":\"^(none|[1-9][0-9]{0,5}/([wdhms]|" DURATION "))$\""};

/* Days of the week */

#define DAY "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)"

/* The first n bytes as a day, short or long; Monday 0, else -1. */
static int parse_day(const char *s, size_t n)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; i++)
        if ((n == 3 || n == strlen(days[i])) && strncmp(s, days[i], n) == 0) return i;
    return -1;
}

/* "fri" or "mon-fri"; "fri-mon" goes over the weekend. */
static bool add_days(const char *s, unsigned *days)
{
    const char *dash = strchr(s, '-');
    int first = parse_day(s, dash ? (size_t)(dash - s) : strlen(s));
    int last = dash ? parse_day(dash + 1, strlen(dash + 1)) : first;
    if (first < 0 || last < 0) return false;
    for (int day = first;; day = (day + 1) % 7) {
        *days |= 1u << day;
        if (day == last) return true;
    }
}

static bool read_days(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    bool list = node->kind == CYN_NODE_SEQUENCE && node->count > 0;
    size_t n = list ? node->count : 1;
    unsigned days = 0;
    for (size_t i = 0; i < n; i++) {
        const cyn_node *item = list ? node->items[i] : node;
        if (item->kind == CYN_NODE_BROKEN) return false;
        if (!cyn_node_is_text(item) || !add_days(item->text, &days))
            return cyn_report_expected(l, shape->expected, item);
    }
    memcpy(out, &days, sizeof days);
    return true;
}

const cyn_shape cyn_leaf_days = {
    .expected = "days of the week, such as mon-fri or [mon, wed]",
    .read = read_days,
    .schema = "\"anyOf\":[{\"type\":\"string\",\"pattern\":\"^" DAY "(-" DAY ")?$\"},"
              "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\","
              "\"pattern\":\"^" DAY "(-" DAY ")?$\"}}]"};

/* Hours of the day: alert/calendar.h reads the same. */

#define TIME "([01]?[0-9]|2[0-3]):[0-5][0-9]"

static bool skip_time(const char **s, bool end)
{
    const char *p = *s;
    int hour = 0, minute;
    size_t digits = strspn(p, "0123456789");
    if (digits < 1 || digits > 2) return false;
    for (size_t i = 0; i < digits; i++)
        hour = 10 * hour + (p[i] - '0');
    p += digits;
    if (!cyn_skip_form(&p, ":dd")) return false;
    minute = 10 * (p[-2] - '0') + (p[-1] - '0');
    *s = p;
    return minute < 60 && (hour < 24 || (end && hour == 24 && minute == 0));
}

static bool read_hours(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    const char *s = cyn_node_is_text(node) ? node->text : "";
    if (!skip_time(&s, false) || *s++ != '-' || !skip_time(&s, true) || *s)
        return cyn_report_expected(l, shape->expected, node);
    memcpy(out, &node->text, sizeof node->text);
    return true;
}

const cyn_shape cyn_leaf_hours = {.expected = "hours such as 09:00-18:00",
                                  .read = read_hours,
                                  .schema = "\"type\":\"string\",\"pattern\":\"^" TIME "-(" TIME
                                            "|24:00)$\""};

/* Moments */

bool cyn_read_moment(const cyn_node *node, const cyn_tz *tz, int64_t *out)
{
    return cyn_node_is_text(node) && cyn_is_instant_form(node->text) &&
           cyn_parse_instant(node->text, node->length, tz, out);
}

static bool read_moment(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int64_t instant;
    if (!cyn_node_is_text(node) || !cyn_is_instant_form(node->text))
        return cyn_report_expected(l, shape->expected, node);
    if (!cyn_read_moment(node, NULL, &instant))
        return cyn_report(l, CYN_E_RANGE, node, "there is no time %s", node->text);
    memcpy(out, &instant, sizeof instant);
    return true;
}

const cyn_shape cyn_leaf_moment = {
    .expected = "a date or a time such as 2026-12-30 22:00",
    .read = read_moment,
    .schema = "\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:"
              "[0-9]{2}(:[0-9]{2}(\\\\.[0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?)?$\""};
