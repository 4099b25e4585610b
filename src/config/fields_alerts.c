/* cynosure.yaml: channels, calendars, maintenance, inhibit, escalate. */
#include "config/fields_impl.h"
#include "config/rules.h"

ASSERT_SLICE(cyn_config_channel, to, nto);
ASSERT_SLICE(cyn_config_channel, command, ncommand);
ASSERT_SLICE(cyn_config_channel, group_by, ngroup_by);
ASSERT_SLICE(cyn_config_calendar, hours, nhours);
ASSERT_SLICE(cyn_config_calendar, holidays, nholidays);
ASSERT_SLICE(cyn_config_maintenance, match, nmatch);
ASSERT_SLICE(cyn_config_inhibition, source, nsource);
ASSERT_SLICE(cyn_config_inhibition, target, ntarget);
ASSERT_SLICE(cyn_config_inhibition, equal, nequal);
ASSERT_SLICE(cyn_config_escalation, match, nmatch);
ASSERT_SLICE(cyn_config_escalation, to, nto);

/* Channels */

const char *const cyn_channel_names[] = {"slack", "webhook", "email",        "command",
                                         "file",  "stdout",  "alertmanager", NULL};

/* The words of a shape begin with "none". */
static const char *const type_words[] = {"",     "slack",  "webhook",      "email", "command",
                                         "file", "stdout", "alertmanager", NULL};

static bool read_type(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int index;
    if (!cyn_read_word_enum(l, shape, node, &index)) return false;
    *(cyn_channel_type *)out = (cyn_channel_type)(index - 1);
    return true;
}

static const cyn_shape channel_type = {
    .expected = "slack, webhook, email …", .read = read_type, .words = type_words};

static const cyn_shape lazy_list = {.kind = CYN_SHAPE_LIST,
                                    .expected = "a list of texts",
                                    .item = &cyn_leaf_lazy,
                                    .item_size = sizeof(const char *),
                                    .min_items = 1};
static const cyn_shape one_lazy = {
    .expected = "a text or a list of texts", .read = cyn_read_single, .item = &cyn_leaf_lazy};
static const cyn_shape lazy_lines = {.kind = CYN_SHAPE_EITHER,
                                     .expected = "a text or a list of texts",
                                     .scalar = &one_lazy,
                                     .sequence = &lazy_list};
static const cyn_shape arguments = {.kind = CYN_SHAPE_LIST,
                                    .expected = "a list of a program and its arguments",
                                    .item = &cyn_leaf_lazy,
                                    .item_size = sizeof(const char *),
                                    .min_items = 1,
                                    .repeats = true};
static const cyn_shape command = {.kind = CYN_SHAPE_EITHER,
                                  .expected = "a program, or a list of it and its arguments",
                                  .scalar = &one_lazy,
                                  .sequence = &arguments};

/* An empty list, too: everything is one group then. */
static const cyn_shape label_list = {.kind = CYN_SHAPE_LIST,
                                     .expected = "a list of labels",
                                     .item = &cyn_leaf_line,
                                     .item_size = sizeof(const char *)};
static const cyn_shape one_label = {
    .expected = "a label or a list of labels", .read = cyn_read_single, .item = &cyn_leaf_line};
static const cyn_shape labels = {.kind = CYN_SHAPE_EITHER,
                                 .expected = "a label or a list of labels",
                                 .scalar = &one_label,
                                 .sequence = &label_list};

#define AT(member) offsetof(cyn_config_channel, member), CYN_NO_FLAG
static const cyn_field channel_fields[] = {
    {"type", &channel_type, AT(type), .required = true, .doc = "How messages are sent.",
     .example = "\"slack\""},
    {"url", &cyn_leaf_lazy, AT(url),
     .doc = "Where to: http:// or https:// for slack, webhook and alertmanager, smtp:// or "
            "smtps:// for email. ${VAR} is replaced from the environment here and in the keys "
            "below, when something is to be sent.",
     .example = "\"${SLACK_URL}\""},
    {"secret", &cyn_leaf_lazy, AT(secret), .doc = "Signs what a webhook gets (HMAC-SHA256).",
     .example = "\"${HOOK_SECRET}\""},
    {"user", &cyn_leaf_lazy, AT(user), .doc = "Who logs in.", .example = "\"metrics\""},
    {"password", &cyn_leaf_lazy, AT(password), .doc = "The user's password.",
     .example = "\"${MAIL_PASSWORD}\""},
    {"token", &cyn_leaf_lazy, AT(token), .doc = "A bearer token, in place of user and password.",
     .example = "\"${HOOK_TOKEN}\""},
    {"from", &cyn_leaf_lazy, AT(from), .doc = "The sender of e-mail.",
     .example = "\"Cynosure <metrics@example.com>\""},
    {"to", &lazy_lines, AT(to), .doc = "The recipients of e-mail.",
     .example = "[\"team@example.com\"]"},
    {"path", &cyn_leaf_lazy, AT(path),
     .doc = "The file that gets a line of JSON for each message, relative to the project.",
     .example = "\"alerts.ndjson\""},
    {"command", &command, AT(command),
     .doc = "The program that is run with a message on its standard input, and its arguments; "
            "without a shell, in the project's folder.",
     .example = "[\"bin/page\",\"--urgent\"]"},
    {"ca", &cyn_leaf_lazy, AT(ca),
     .doc = "A file of certificates to trust, in place of the system's.", .example = "\"ca.pem\""},
    {"timeout", &cyn_leaf_timeout, AT(timeout), .doc = "How long one attempt may take.",
     .fallback = "10s", .example = "\"10s\""},
    {"group_by", &labels, AT(group_by),
     .doc = "Alerts that agree in these labels share a message; [] puts all into one.",
     .fallback = "rule", .example = "[\"rule\",\"channel\"]"},
    {"group_wait", &cyn_leaf_wait, AT(group_wait),
     .doc = "How long the first message of a group waits for more alerts.", .fallback = "0s",
     .example = "\"30s\""},
    {"group_interval", &cyn_leaf_wait, AT(group_interval),
     .doc = "How long at least between two messages of a group.", .fallback = "5m",
     .example = "\"5m\""},
    {"repeat", &cyn_leaf_repeat, AT(remind),
     .doc = "How long until what still fires is said again; never is possible.", .fallback = "1d",
     .example = "\"4h\""},
    {"resolved", &cyn_leaf_boolean, AT(resolved), .doc = "Whether the end of an alert is told.",
     .fallback = "true"},
    {"rate", &cyn_leaf_rate, 0, CYN_NO_FLAG,
     .doc = "How many messages at most in how long; what is more waits.", .fallback = "none",
     .example = "\"30/1h\""},
    {"give_up", &cyn_leaf_duration, AT(give_up),
     .doc = "How long a message is tried before it is dead.", .fallback = "1d",
     .example = "\"1d\""},
};
#undef AT

static void begin_channel(cyn_loading *l, const cyn_node *key, void *out)
{
    l->problem = NULL;
    *(cyn_config_channel *)out =
        (cyn_config_channel){.name = key->text, .line = key->line, .column = key->column};
}

/* What a type needs, and what has no meaning for it, as JSON Schema. */
#define IS(type)    "{\"type\":{\"const\":\"" type "\"}}"
#define IF(type)    "{\"if\":{\"required\":[\"type\"],\"properties\":" IS(type) "},\"then\":"
#define NEEDS(keys) "{\"required\":[" keys "],"
#define LACKS(keys) "\"properties\":{" keys "}}}"
#define NO_LOGIN    "\"user\":false,\"password\":false,\"token\":false,"
#define NO_MAIL     "\"from\":false,\"to\":false,"
#define NO_URL      "\"url\":false,\"ca\":false,\"secret\":false," NO_LOGIN NO_MAIL
#define NO_PLACE    "\"path\":false,\"command\":false"
#define NO_TIMEOUT  "\"timeout\":false"

#define IF_SLACK   IF("slack") NEEDS("\"url\"") LACKS("\"secret\":false," NO_LOGIN NO_MAIL NO_PLACE)
#define IF_WEBHOOK IF("webhook") NEEDS("\"url\"") LACKS(NO_MAIL NO_PLACE)
#define IF_EMAIL                                                                                   \
    IF("email")                                                                                    \
    NEEDS("\"url\",\"from\",\"to\"") LACKS("\"secret\":false,\"token\":false," NO_PLACE)
#define IF_COMMAND IF("command") NEEDS("\"command\"") LACKS(NO_URL "\"path\":false")
#define IF_FILE    IF("file") NEEDS("\"path\"") LACKS(NO_URL "\"command\":false," NO_TIMEOUT)
#define IF_STDOUT  IF("stdout") "{" LACKS(NO_URL NO_PLACE "," NO_TIMEOUT)
#define IF_MANAGER                                                                                 \
    IF("alertmanager")                                                                             \
    NEEDS("\"url\"") LACKS("\"secret\":false,\"resolved\":false," NO_MAIL NO_PLACE)

static const cyn_shape channel = {
    .kind = CYN_SHAPE_OBJECT,
    .expected = "a mapping with type, url …",
    FIELDS(channel_fields),
    .check = cyn_rules_channel,
    .rules = "\"dependencies\":{\"user\":[\"password\"],\"password\":[\"user\"]},"
             "\"not\":{\"required\":[\"user\",\"token\"]},\"allOf\":[" IF_SLACK "," IF_WEBHOOK
             "," IF_EMAIL "," IF_COMMAND "," IF_FILE "," IF_STDOUT "," IF_MANAGER "]"};
const cyn_shape cyn_shape_channels = {.kind = CYN_SHAPE_MAP,
                                      .expected = "a mapping from names to channels",
                                      .begin = begin_channel,
                                      .item = &channel,
                                      .item_size = sizeof(cyn_config_channel)};

/* Calendars */

static const cyn_shape some_hours = {.kind = CYN_SHAPE_LIST,
                                     .expected = "a list of hours",
                                     .item = &cyn_leaf_hours,
                                     .item_size = sizeof(const char *),
                                     .min_items = 1};
static const cyn_shape one_span = {
    .expected = "hours or a list of hours", .read = cyn_read_single, .item = &cyn_leaf_hours};
static const cyn_shape hours = {.kind = CYN_SHAPE_EITHER,
                                .expected = "hours such as 09:00-18:00, or a list of them",
                                .scalar = &one_span,
                                .sequence = &some_hours};
static const cyn_shape dates = {.kind = CYN_SHAPE_LIST,
                                .expected = "a list of dates",
                                .item = &cyn_leaf_date,
                                .item_size = sizeof(int64_t)};

#define AT(member) offsetof(cyn_config_calendar, member), CYN_NO_FLAG
static const cyn_field calendar_fields[] = {
    {"days", &cyn_leaf_days, AT(days), .doc = "The days of the week that count.",
     .fallback = "mon-sun", .example = "\"mon-fri\""},
    {"hours", &hours, AT(hours),
     .doc = "The hours of those days, in the project's time zone; the whole day when not given. "
            "22:00-06:00 goes on into the next day.",
     .example = "\"09:00-18:00\""},
    {"holidays", &dates, AT(holidays), .doc = "Dates that do not count.",
     .example = "[\"2026-01-01\"]"},
};
#undef AT

static void begin_calendar(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_config_calendar *)out =
        (cyn_config_calendar){.name = key->text, .line = key->line, .column = key->column};
}

static const cyn_shape calendar = {.kind = CYN_SHAPE_OBJECT,
                                   .expected = "a mapping with days, hours, holidays",
                                   FIELDS(calendar_fields),
                                   .not_empty = true,
                                   .check = cyn_rules_calendar};
const cyn_shape cyn_shape_calendars = {.kind = CYN_SHAPE_MAP,
                                       .expected = "a mapping from names to calendars",
                                       .begin = begin_calendar,
                                       .item = &calendar,
                                       .item_size = sizeof(cyn_config_calendar)};

/* Maintenance, inhibition, escalation: lists of mappings, whose matchers are texts */

#define AT(member) offsetof(cyn_config_maintenance, member), CYN_NO_FLAG
static const cyn_field maintenance_fields[] = {
    {"match", &cyn_shape_lines, AT(match),
     .doc = "Which alerts: matchers, all of which must match; every alert when not given.",
     .example = "[\"rule=~\\\"load_.*\\\"\"]"},
    {"from", &cyn_leaf_moment, AT(from),
     .doc = "From when, in the project's time zone; a date begins at midnight.",
     .example = "\"2026-12-30 22:00\""},
    {"until", &cyn_leaf_moment, AT(until), .doc = "Until when, itself not included.",
     .example = "\"2027-01-03 06:00\""},
    {"calendar", &cyn_leaf_line, AT(calendar),
     .doc = "In place of from and until: whenever this calendar holds.", .example = "\"nights\""},
    {"why", &cyn_leaf_line, AT(why), .required = true, .doc = "What whoever wonders is told.",
     .example = "\"the warehouse moves\""},
};
#undef AT
static const cyn_shape maintenance = {
    .kind = CYN_SHAPE_OBJECT,
    .expected = "a mapping with match, from, until, why",
    FIELDS(maintenance_fields),
    .check = cyn_rules_maintenance,
    .rules = "\"oneOf\":[{\"required\":[\"from\",\"until\"]},{\"required\":[\"calendar\"]}],"
             "\"if\":{\"required\":[\"calendar\"]},"
             "\"then\":{\"properties\":{\"from\":false,\"until\":false}}"};
const cyn_shape cyn_shape_maintenance = {.kind = CYN_SHAPE_LIST,
                                         .expected = "a list of mappings",
                                         .item = &maintenance,
                                         .item_size = sizeof(cyn_config_maintenance),
                                         .repeats = true};

#define AT(member) offsetof(cyn_config_inhibition, member), CYN_NO_FLAG
static const cyn_field inhibition_fields[] = {
    {"source", &cyn_shape_lines, AT(source), .required = true,
     .doc = "While an alert fires that these matchers match …",
     .example = "[\"severity=\\\"critical\\\"\"]"},
    {"target", &cyn_shape_lines, AT(target), .required = true,
     .doc = "… nobody is told of those that these match.",
     .example = "[\"severity=\\\"warning\\\"\"]"},
    {"equal", &cyn_shape_lines, AT(equal), .doc = "Labels in which the two must agree.",
     .example = "[\"rule\"]"},
};
#undef AT
static const cyn_shape inhibition = {.kind = CYN_SHAPE_OBJECT,
                                     .expected = "a mapping with source, target, equal",
                                     FIELDS(inhibition_fields),
                                     .check = cyn_rules_inhibition};
const cyn_shape cyn_shape_inhibitions = {.kind = CYN_SHAPE_LIST,
                                         .expected = "a list of mappings",
                                         .item = &inhibition,
                                         .item_size = sizeof(cyn_config_inhibition),
                                         .repeats = true};

#define AT(member) offsetof(cyn_config_escalation, member), CYN_NO_FLAG
static const cyn_field escalation_fields[] = {
    {"match", &cyn_shape_lines, AT(match),
     .doc = "Which alerts: matchers, all of which must match; every alert when not given.",
     .example = "[\"severity=\\\"critical\\\"\"]"},
    {"after", &cyn_leaf_duration, AT(after), .required = true,
     .doc = "How long after it was first told.", .example = "\"30m\""},
    {"to", &cyn_shape_lines, AT(to), .required = true, .doc = "Channels that are told then.",
     .example = "[\"boss\"]"},
};
#undef AT
static const cyn_shape escalation = {.kind = CYN_SHAPE_OBJECT,
                                     .expected = "a mapping with match, after, to",
                                     FIELDS(escalation_fields),
                                     .check = cyn_rules_escalation};
const cyn_shape cyn_shape_escalations = {.kind = CYN_SHAPE_LIST,
                                         .expected = "a list of mappings",
                                         .item = &escalation,
                                         .item_size = sizeof(cyn_config_escalation),
                                         .repeats = true};
