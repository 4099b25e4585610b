/* cynosure.yaml: schedule, serve, annotations. */
#include "config/fields_impl.h"
#include "config/rules.h"

ASSERT_SLICE(cyn_config_schedule, by, nby);
ASSERT_SLICE(cyn_config_schedule, metrics, nmetrics);
ASSERT_SLICE(cyn_config_schedule, reports, nreports);
ASSERT_SLICE(cyn_annotation, metrics, nmetrics);

/* schedule.metrics: by grain */

#define AT(member) offsetof(cyn_config_duty, member), CYN_NO_FLAG
static const cyn_field duty_fields[] = {
    {"lateness", &cyn_leaf_patience, AT(lateness),
     .doc = "How long after its end a period waits for late data; schedule.lateness when not "
            "given.",
     .example = "\"6h\""},
    {"restate", &cyn_leaf_patience, AT(restate),
     .doc = "How long after its end a period is evaluated again when its data changed; "
            "schedule.restate when not given.",
     .example = "\"14d\""},
    {"cron", &cyn_leaf_cron, AT(cron),
     .doc = "After that, until the next of these times; at once when not given.",
     .example = "\"0 6 * * MON-FRI\""},
};
#undef AT

/* The key is judged by cyn_rules_duties(), which sees all of them. */
static void begin_duty(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_config_duty *)out =
        (cyn_config_duty){.line = key->line, .column = key->column, .lateness = -1, .restate = -1};
}

static const cyn_shape duty = {.kind = CYN_SHAPE_OBJECT,
                               .expected = "a mapping with lateness, restate, cron",
                               FIELDS(duty_fields),
                               .not_empty = true};
static const cyn_shape duties = {.kind = CYN_SHAPE_MAP,
                                 .expected = "a mapping from grains to lateness, restate, cron",
                                 .begin = begin_duty,
                                 .item = &duty,
                                 .item_size = sizeof(cyn_config_duty)};

/* schedule.reports: by name */

static const char *const overrun_words[] = {"", "latest", "skip", "queue", NULL};

static bool read_overrun(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int index;
    if (!cyn_read_word_enum(l, shape, node, &index)) return false;
    *(cyn_overrun *)out = (cyn_overrun)(index - 1);
    return true;
}

static const cyn_shape overrun = {
    .expected = "latest, skip or queue", .read = read_overrun, .words = overrun_words};

#define AT(member) offsetof(cyn_config_report, member), CYN_NO_FLAG
static const cyn_field report_fields[] = {
    {"when", &cyn_leaf_timetable, AT(when), .required = true,
     .doc = "How often, such as 1d, or a cron expression.", .example = "\"0 8 * * MON\""},
    {"to", &cyn_leaf_report_path, AT(to), .required = true,
     .doc = "The file, within the project; {date} is the day that it is made for.",
     .example = "\"reports/{date}.html\""},
    {"overrun", &overrun, AT(overrun),
     .doc = "What happens with times that come while the report is written, or that were missed: "
            "the latest is made up for, all are skipped, or each is made up for.",
     .fallback = "latest"},
};
#undef AT

static void begin_report(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_config_report *)out =
        (cyn_config_report){.name = key->text, .line = key->line, .column = key->column};
}

static const cyn_shape report = {.kind = CYN_SHAPE_OBJECT,
                                 .expected = "a mapping with when, to, overrun",
                                 FIELDS(report_fields)};
static const cyn_shape reports = {.kind = CYN_SHAPE_MAP,
                                  .expected = "a mapping from names to reports",
                                  .begin = begin_report,
                                  .item = &report,
                                  .item_size = sizeof(cyn_config_report)};

/* schedule */

static const cyn_shape catch_up = {.expected = "an integer from 0 to 100000",
                                   .read = cyn_read_integer,
                                   .min = 0,
                                   .max = 100000,
                                   .schema =
                                       "\"type\":\"integer\",\"minimum\":0,\"maximum\":100000"};

#define AT(member) offsetof(cyn_config_schedule, member), CYN_NO_FLAG
static const cyn_field schedule_fields[] = {
    {"poll", &cyn_leaf_duration, AT(poll),
     .doc = "How often `cynosure serve` looks whether files of sources changed.", .fallback = "1m",
     .example = "\"5m\""},
    {"lateness", &cyn_leaf_patience, AT(lateness),
     .doc = "How long after its end a period waits for late data.", .fallback = "0s",
     .example = "\"2h\""},
    {"restate", &cyn_leaf_patience, AT(restate),
     .doc = "How long after its end a period is evaluated again when its data changed.",
     .fallback = "35d", .example = "\"35d\""},
    {"spread", &cyn_leaf_wait, AT(spread),
     .doc = "Metrics are evaluated up to so much later, each by its name, so that not all are at "
            "once.",
     .fallback = "0s", .example = "\"10m\""},
    {"catch_up", &catch_up, AT(catch_up),
     .doc = "How many periods of a metric are caught up after a stop, and evaluated when it is "
            "new, at most.",
     .fallback = "400"},
    {"by", &cyn_shape_lines, AT(by),
     .doc = "Dimensions by which values are recorded, too, of metrics whose sources have them.",
     .example = "[\"channel\",\"country\"]"},
    {"metrics", &duties, AT(metrics), .doc = "What holds for the metrics of a grain instead.",
     .example = "{\"day\":{\"lateness\":\"6h\"}}"},
    {"reports", &reports, AT(reports), .doc = "Reports that are written by themselves, by name."},
};
#undef AT
const cyn_shape cyn_shape_schedule = {.kind = CYN_SHAPE_OBJECT,
                                      .expected = "a mapping with poll, lateness, metrics …",
                                      FIELDS(schedule_fields),
                                      .check = cyn_rules_schedule};

/* serve. A text of it that the environment lacks is no reason not to evaluate: `unusable` says so
 * to whoever would listen. */

static bool read_secret(cyn_loading *l, const cyn_node *node, const char **out,
                        const char **unusable)
{
    const char *others = l->problem;
    l->problem = NULL;
    bool ok = cyn_shape_read(l, &cyn_leaf_lazy, node, out);
    if (l->problem && !*unusable) *unusable = l->problem;
    l->problem = others;
    return ok;
}

static bool read_token(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    (void)shape;
    cyn_config_serve *serve = out;
    return read_secret(l, node, &serve->token, &serve->unusable);
}

static bool read_certificate(cyn_loading *l, const cyn_shape *shape, const cyn_node *node,
                             void *out)
{
    (void)shape;
    cyn_config_serve *serve = out;
    return read_secret(l, node, &serve->certificate, &serve->tls_unusable);
}

static bool read_key(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    (void)shape;
    cyn_config_serve *serve = out;
    return read_secret(l, node, &serve->key, &serve->tls_unusable);
}

static const cyn_shape token = {.expected = "a text", .read = read_token, .item = &cyn_leaf_lazy};
static const cyn_shape certificate = {
    .expected = "a file", .read = read_certificate, .item = &cyn_leaf_lazy};
static const cyn_shape key = {.expected = "a file", .read = read_key, .item = &cyn_leaf_lazy};

/* These write to the whole of cyn_config_serve. */
static const cyn_field tls_fields[] = {
    {"certificate", &certificate, 0, CYN_NO_FLAG, .required = true,
     .doc = "The file of the certificate and those that vouch for it (PEM), relative to the "
            "project.",
     .example = "\"tls/fullchain.pem\""},
    {"key", &key, 0, CYN_NO_FLAG, .required = true,
     .doc = "The file of the private key (PEM), relative to the project.",
     .example = "\"tls/key.pem\""},
};
static const cyn_shape tls = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with certificate, key", FIELDS(tls_fields)};

#define AT(member) offsetof(cyn_config_serve, member), CYN_NO_FLAG
static const cyn_field serve_fields[] = {
    {"listen", &cyn_leaf_listen, AT(listen),
     .doc = "Where `cynosure serve` listens: an address and a port, or unix: and a path.",
     .fallback = "127.0.0.1:8080", .example = "\"127.0.0.1:8080\""},
    {"token", &token, 0, CYN_NO_FLAG,
     .doc = "Whoever shows it may write; without one nobody may. ${VAR} is replaced from the "
            "environment.",
     .example = "\"${CYNOSURE_TOKEN}\""},
    {"public_read", &cyn_leaf_boolean, AT(public_read),
     .doc = "Whether reading needs no token even where there is one.", .fallback = "false"},
    {"tls", &tls, 0, CYN_NO_FLAG, .doc = "Answers over HTTPS only."},
};
#undef AT
const cyn_shape cyn_shape_serve = {.kind = CYN_SHAPE_OBJECT,
                                   .expected = "a mapping with listen, token …",
                                   FIELDS(serve_fields),
                                   .check = cyn_rules_serve};

/* annotations */

#define AT(member) offsetof(cyn_annotation, member), CYN_NO_FLAG
static const cyn_field annotation_fields[] = {
    {"at", &cyn_leaf_date, AT(at), .required = true, .doc = "The day of it.",
     .example = "\"2026-10-01\""},
    {"text", &cyn_shape_label, AT(text), .required = true,
     .doc = "What is to be remembered, in the project's language or in several.",
     .example = "\"new prices\""},
    {"metrics", &cyn_shape_lines, AT(metrics),
     .doc = "The metrics whose charts show it; all when not given.", .example = "[\"revenue\"]"},
};
#undef AT
static const cyn_shape annotation = {.kind = CYN_SHAPE_OBJECT,
                                     .expected = "a mapping with at, text, metrics",
                                     FIELDS(annotation_fields),
                                     .check = cyn_rules_annotation};
const cyn_shape cyn_shape_annotations = {.kind = CYN_SHAPE_LIST,
                                         .expected = "a list of mappings",
                                         .item = &annotation,
                                         .item_size = sizeof(cyn_annotation),
                                         .repeats = true};
