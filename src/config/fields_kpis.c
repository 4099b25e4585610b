/* kpis.yaml */
#include "config/fields_impl.h"
#include "config/rules.h"
#include <math.h>

ASSERT_SLICE(cyn_sheets, items, count);
ASSERT_SLICE(cyn_sheet, path, npath);
ASSERT_SLICE(cyn_sheet, silences, nsilences);

static const cyn_shape role = {
    .expected = "nsm, kgi, kpi or guardrail", .read = cyn_read_word_enum, .words = cyn_role_names};
static const cyn_shape layer = {.expected = "leading, coincident or lagging",
                                .read = cyn_read_word_enum,
                                .words = cyn_layer_names};
static const cyn_shape lens = {.expected = "breadth, depth, frequency or efficiency",
                               .read = cyn_read_word_enum,
                               .words = cyn_lens_names};
const cyn_shape cyn_shape_direction = {
    .expected = "up, down or range", .read = cyn_read_word_enum, .words = cyn_direction_names};

#define AT(member)         offsetof(cyn_sheet, member), CYN_NO_FLAG
#define FLAGGED(member, f) offsetof(cyn_sheet, member), offsetof(cyn_sheet, f)

static const cyn_field waypoint_fields[] = {
    {"at", &cyn_leaf_date, offsetof(cyn_waypoint, date), CYN_NO_FLAG, .required = true,
     .doc = "A day between since and by.", .example = "\"2026-09-30\""},
    {"value", &cyn_leaf_number, offsetof(cyn_waypoint, value), CYN_NO_FLAG, .required = true,
     .doc = "What the value shall be on that day.", .example = "0.35"},
};
static const cyn_shape waypoint = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with at and value", FIELDS(waypoint_fields)};
static const cyn_shape path = {.kind = CYN_SHAPE_LIST,
                               .expected = "a list of {at: …, value: …}",
                               .item = &waypoint,
                               .item_size = sizeof(cyn_waypoint),
                               .min_items = 1};

static const cyn_field target_fields[] = {
    {"from", &cyn_leaf_number, AT(target_from), .doc = "The value at the start.", .example = "0.3"},
    {"to", &cyn_leaf_number, AT(target), .required = true, .doc = "The value to reach.",
     .example = "0.45"},
    {"since", &cyn_leaf_date, FLAGGED(target_since, has_target_since),
     .doc = "The day on which the value was `from`; the way to the target begins there.",
     .example = "\"2026-04-01\""},
    {"by", &cyn_leaf_date, FLAGGED(target_by, has_target_by),
     .doc = "The day by which it is to be reached.", .example = "\"2026-12-31\""},
    {"path", &path, AT(path),
     .doc = "What the value shall be on days between since and by; a straight line when not given.",
     .example = "[{\"at\":\"2026-09-30\",\"value\":\"35%\"}]"},
};
static const cyn_shape target_object = {.kind = CYN_SHAPE_OBJECT,
                                        .expected = "a mapping with to",
                                        FIELDS(target_fields),
                                        .check = cyn_rules_target,
                                        .rules = "\"dependencies\":{\"path\":[\"by\"]}"};

/* A number alone goes where the mapping's `to` goes. */
static bool read_target(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    return cyn_shape_read(l, shape->item, node, &((cyn_sheet *)out)->target);
}

static const cyn_shape target_number = {.read = read_target, .item = &cyn_leaf_number};
static const cyn_shape target = {.kind = CYN_SHAPE_EITHER,
                                 .expected = "a number, or a mapping with from, to, since, by …",
                                 .scalar = &target_number,
                                 .mapping = &target_object};

static const cyn_field threshold_fields[] = {
    {"green", &cyn_leaf_bound, AT(green),
     .doc = "Green from here on: at least (up), at most (down), within [low, high] (range).",
     .example = "0.45"},
    {"yellow", &cyn_leaf_bound, AT(yellow),
     .doc = "Yellow from here on, in the same way; what is worse is red.", .example = "0.35"},
    {"hysteresis", &cyn_leaf_distance, AT(hysteresis),
     .doc = "How far a value must pass a bound to change the colour of the period before.",
     .example = "\"1%\""},
};
static const cyn_shape thresholds = {.kind = CYN_SHAPE_OBJECT,
                                     .expected = "a mapping with green, yellow or both",
                                     FIELDS(threshold_fields),
                                     .not_empty = true,
                                     .check = cyn_rules_thresholds,
                                     .rules = "\"anyOf\":[{\"required\":[\"green\"]},"
                                              "{\"required\":[\"yellow\"]}]"};

static const cyn_field metric_fields[] = {
    {"title", &cyn_shape_label, AT(title), .doc = "The metric's name as people read it.",
     .example = "{\"en\":\"Aha rate\",\"ja\":\"アハ体験率\"}"},
    {"role", &role, AT(role),
     .doc = "nsm: the North Star; kgi: the goal; kpi: what leads there; guardrail: what must not "
            "get worse.",
     .example = "\"kpi\""},
    {"layer", &layer, AT(layer), .doc = "Whether it moves before, with or after the results.",
     .example = "\"leading\""},
    {"lens", &lens, AT(lens), .doc = "What it looks at: how many, how much, how often, how well.",
     .example = "\"breadth\""},
    {"direction", &cyn_shape_direction, AT(direction), .doc = "Which way is better.",
     .example = "\"up\""},
    {"unit", &cyn_leaf_line, AT(unit),
     .doc = "The unit of the value; % shows a ratio as a percentage.", .example = "\"%\""},
    {"why", &cyn_leaf_text, AT(why), .doc = "Why the metric is looked at, and what it decides."},
    {"owner", &cyn_leaf_line, AT(owner), .doc = "Who answers for it.", .example = "\"growth\""},
    {"formula", &cyn_leaf_text, AT(formula_text),
     .doc = "The formula in words; the script computes it.",
     .example = "\"learners who did the aha action / new learners\""},
    {"numerator", &cyn_leaf_text, AT(numerator_text), .doc = "The numerator in words."},
    {"denominator", &cyn_leaf_text, AT(denominator_text), .doc = "The denominator in words."},
    {"source", &cyn_leaf_text, AT(source_text), .doc = "Where the rows come from, in words."},
    {"grain", &cyn_leaf_grain, FLAGGED(grain, has_grain),
     .doc = "The period for which it is computed; the project's grain when not given.",
     .example = "\"week\""},
    {"cadence", &cyn_leaf_cadence, FLAGGED(grain, has_grain),
     .doc = "The grain in another word: how often it is looked at.", .example = "\"weekly\""},
    {"target", &target, 0, offsetof(cyn_sheet, has_target),
     .doc = "The value to reach: a number, or from, to, since and by.",
     .example = "{\"from\":\"30%\",\"to\":\"45%\",\"by\":\"2026-12-31\"}"},
    {"market", &cyn_leaf_number, FLAGGED(market, has_market),
     .doc = "What is usual in the market, for comparison.", .example = "0.4"},
    {"thresholds", &thresholds, 0, CYN_NO_FLAG,
     .doc = "Where green and yellow begin; needs direction.",
     .example = "{\"green\":\"45%\",\"yellow\":\"35%\"}"},
    {"review", &cyn_leaf_date, FLAGGED(review, has_review),
     .doc = "The day on which the definition is looked at again.", .example = "\"2026-12-31\""},
    {"silence", &cyn_shape_silences, AT(silences),
     .doc = "Findings of `cynosure check` that nobody wants to see of this metric: their ids, each "
            "with the reason.",
     .example = "{\"no-market\":\"nobody publishes such figures\"}"},
};
#undef AT
#undef FLAGGED

static void begin_metric(cyn_loading *l, const cyn_node *key, void *out)
{
    *(cyn_sheet *)out = (cyn_sheet){.name = key->text,
                                    .file = l->findings->file,
                                    .line = key->line,
                                    .column = key->column,
                                    .target_from = NAN};
}

/* What [low, high] and a single number look like to JSON Schema, told apart by `direction`. */
#define BOUNDS(type)                                                                               \
    "{\"properties\":{\"thresholds\":{\"properties\":{\"green\":" type ",\"yellow\":" type "}}}}"

static const cyn_shape metric = {
    .kind = CYN_SHAPE_OBJECT,
    .expected = "a mapping with title, role, direction …",
    FIELDS(metric_fields),
    .check = cyn_rules_metric,
    .rules =
        "\"allOf\":["
        "{\"if\":{\"required\":[\"direction\"],"
        "\"properties\":{\"direction\":{\"const\":\"range\"}}},"
        "\"then\":" BOUNDS(
            "{\"type\":\"array\"}") "},"
                                    "{\"if\":{\"required\":[\"direction\"],"
                                    "\"properties\":{\"direction\":{\"enum\":[\"up\",\"down\"]}}},"
                                    "\"then\":" BOUNDS(
                                        "{\"type\":[\"number\",\"string\"]}") "}],"
                                                                              "\"dependencies\":{"
                                                                              "\"thresholds\":["
                                                                              "\"direction\"]}"};
static const cyn_shape metrics = {.kind = CYN_SHAPE_MAP,
                                  .expected = "a mapping from names to metrics",
                                  .begin = begin_metric,
                                  .item = &metric,
                                  .item_size = sizeof(cyn_sheet),
                                  .identifiers = true};
static const cyn_field sheets_fields[] = {
    {"metrics", &metrics, 0, CYN_NO_FLAG, .required = true,
     .doc = "What the business agreed on about each metric, by the metric's name."},
};
static const cyn_shape sheets = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with metrics", FIELDS(sheets_fields)};

const cyn_file_kind cyn_file_kpis = {
    .name = "kpis",
    .file = "kpis.yaml",
    .title = "The definition sheet: what the business agreed on about each metric.",
    .root = &sheets,
    .size = sizeof(cyn_sheets)};
