/* Months, dates, instants and grains. */
#include "base/text.h"
#include "base/time.h"
#include "config/leaf_impl.h"
#include <string.h>

bool cyn_skip_form(const char **s, const char *form)
{
    const char *p = *s;
    for (; *form; form++, p++)
        if (*form == 'd' ? *p < '0' || *p > '9' : *p != *form) return false;
    *s = p;
    return true;
}

static const char *const months[] = {"",        "january",  "february", "march",  "april",
                                     "may",     "june",     "july",     "august", "september",
                                     "october", "november", "december", NULL};

static bool read_month(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    static const cyn_shape by_name = {.words = months};
    if (cyn_node_is_text(node)) return cyn_read_word_enum(l, &by_name, node, out);
    return cyn_read_integer(l, shape, node, out);
}

const cyn_shape cyn_leaf_month = {
    .expected = "a month: 1 to 12, or january to december",
    .read = read_month,
    .min = 1,
    .max = 12,
    .schema = "\"anyOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":12},{\"enum\":["
              "\"january\",\"february\",\"march\",\"april\",\"may\",\"june\",\"july\",\"august\","
              "\"september\",\"october\",\"november\",\"december\"]}]"};

static bool read_fiscal_calendar(cyn_loading *l, const cyn_shape *shape, const cyn_node *node,
                                 void *out)
{
    int pattern = 0;
    if (!(cyn_node_is_text(node) && strcmp(node->text, "calendar") == 0)) {
        double value;
        if (!cyn_expect_number(l, shape, node, &value)) return false;
        if (value != 445 && value != 454 && value != 544)
            return cyn_report_expected(l, shape->expected, node);
        pattern = (int)value;
    }
    memcpy(out, &pattern, sizeof pattern);
    return true;
}

const cyn_shape cyn_leaf_fiscal_calendar = {.expected = "calendar, 445, 454 or 544",
                                            .read = read_fiscal_calendar,
                                            .schema = "\"enum\":[\"calendar\",445,454,544]"};

#define YEAR_ENDS 14
static const char *const year_ends[] = {"",
                                        "last-monday",
                                        "last-tuesday",
                                        "last-wednesday",
                                        "last-thursday",
                                        "last-friday",
                                        "last-saturday",
                                        "last-sunday",
                                        "nearest-monday",
                                        "nearest-tuesday",
                                        "nearest-wednesday",
                                        "nearest-thursday",
                                        "nearest-friday",
                                        "nearest-saturday",
                                        "nearest-sunday",
                                        NULL};

/* Fourteen words are too many to name in a message. */
static bool read_year_end(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_config *config = out;
    const char *text = cyn_node_is_text(node) ? node->text : "";
    int index = YEAR_ENDS;
    while (index > 0 && strcmp(year_ends[index], text) != 0)
        index--;
    if (index == 0) {
        cyn_report_expected(l, shape->expected, node);
        const char *near = cyn_nearest(text, year_ends + 1, YEAR_ENDS);
        if (near) cyn_finding_hint(l->findings, "did you mean '%s'?", near);
        return false;
    }
    config->fiscal_end = (index - 1) % 7 + 1;
    config->fiscal_end_nearest = index > 7;
    return true;
}

const cyn_shape cyn_leaf_year_end = {.expected =
                                         "last- or nearest- and a weekday, such as last-saturday",
                                     .read = read_year_end,
                                     .words = year_ends};

static bool read_date(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    const char *s = node->text;
    int64_t days;
    if (!cyn_node_is_text(node) || !cyn_skip_form(&s, "dddd-dd-dd") || *s)
        return cyn_report_expected(l, shape->expected, node);
    if (!cyn_parse_date(node->text, node->length, &days))
        return cyn_report(l, CYN_E_RANGE, node, "there is no day %s", node->text);
    memcpy(out, &days, sizeof days);
    return true;
}

const cyn_shape cyn_leaf_date = {
    .expected = "a date such as 2026-12-31",
    .read = read_date,
    .schema = "\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\""};

bool cyn_is_instant_form(const char *s)
{
    if (!cyn_skip_form(&s, "dddd-dd-dd")) return false;
    if (!*s) return true;
    if (*s != 'T' && *s != ' ') return false;
    s++;
    if (!cyn_skip_form(&s, "dd:dd")) return false;
    if (cyn_skip_form(&s, ":dd") && cyn_skip_form(&s, ".d")) s += strspn(s, "0123456789");
    if (!*s || strcmp(s, "Z") == 0) return true;
    if (*s != '+' && *s != '-') return false;
    s++;
    return (cyn_skip_form(&s, "dd:dd") || cyn_skip_form(&s, "dddd")) && !*s;
}

static bool read_as_of(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int64_t instant;
    if (!cyn_node_is_text(node) ||
        (strcmp(node->text, "data") != 0 && !cyn_is_instant_form(node->text)))
        return cyn_report_expected(l, shape->expected, node);
    if (strcmp(node->text, "data") != 0 &&
        !cyn_parse_instant(node->text, node->length, NULL, &instant))
        return cyn_report(l, CYN_E_RANGE, node, "there is no time %s", node->text);
    memcpy(out, &node->text, sizeof node->text);
    return true;
}

const cyn_shape cyn_leaf_as_of = {
    .expected = "data, a date such as 2026-12-31, or an instant such as 2026-12-31T18:00:00+09:00",
    .read = read_as_of,
    .schema = "\"type\":\"string\",\"pattern\":\"^(data|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:"
              "[0-9]{2}(:[0-9]{2}(\\\\.[0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?)?)$\""};

static bool read_grain(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_grain grain;
    cyn_err err = {0};
    if (!cyn_node_is_text(node)) return cyn_report_expected(l, shape->expected, node);
    cyn_code rc = cyn_parse_grain(node->text, &grain, &err);
    if (rc == CYN_E_RANGE) return cyn_report(l, rc, node, "%s", err.message);
    if (rc != CYN_OK) {
        cyn_report_expected(l, shape->expected, node);
        if (*err.hint) cyn_finding_hint(l->findings, "%s", err.hint);
        return false;
    }
    memcpy(out, &grain, sizeof grain);
    return true;
}

/* At most nine digits are read, and the number is at most the 1440 minutes of a day. */
const cyn_shape cyn_leaf_grain = {
    .expected = "hour, day, week, month, quarter, year, all, or minutes such as 15m",
    .read = read_grain,
    .schema = "\"anyOf\":[{\"enum\":[\"hour\",\"day\",\"week\",\"month\",\"quarter\",\"year\","
              "\"all\"]},{\"type\":\"string\",\"pattern\":\"^(?=[0-9]{1,9}m)0*([1-9][0-9]{0,2}|1[0-"
              "3][0-9]{2}|14[0-3][0-9]|1440)m(in)?$\"}]"};

static bool read_cadence(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    static const cyn_grain_unit units[] = {CYN_ALL,   CYN_HOURLY,  CYN_DAILY, CYN_WEEK,
                                           CYN_MONTH, CYN_QUARTER, CYN_YEAR};
    int index;
    if (!cyn_read_word_enum(l, shape, node, &index)) return false;
    cyn_grain grain = {units[index], 1};
    memcpy(out, &grain, sizeof grain);
    return true;
}

static const char *const cadences[] = {"",        "hourly",    "daily",  "weekly",
                                       "monthly", "quarterly", "yearly", NULL};
const cyn_shape cyn_leaf_cadence = {.expected =
                                        "hourly, daily, weekly, monthly, quarterly or yearly",
                                    .read = read_cadence,
                                    .words = cadences};
