/* okrs.yaml */
#include "config/fields_impl.h"
#include "config/rules.h"

ASSERT_SLICE(cyn_objective, results, nresults);
ASSERT_SLICE(cyn_okrs, items, count);

#define AT(member)         offsetof(cyn_key_result, member), CYN_NO_FLAG
#define FLAGGED(member, f) offsetof(cyn_key_result, member), offsetof(cyn_key_result, f)
static const cyn_field result_fields[] = {
    {"metric", &cyn_leaf_line, AT(metric), .required = true,
     .doc = "The metric that says whether it is reached.", .example = "\"aha_rate\""},
    {"title", &cyn_shape_label, AT(title),
     .doc = "The key result as people read it; the metric's title when not given."},
    {"from", &cyn_leaf_number, FLAGGED(from, has_from),
     .doc = "The value at the start; that of the metric's target when not given.",
     .example = "\"30%\""},
    {"to", &cyn_leaf_number, FLAGGED(to, has_to),
     .doc = "The value to reach; the metric's target when not given.", .example = "\"45%\""},
    {"since", &cyn_leaf_date, FLAGGED(since, has_since),
     .doc = "The day on which the value was `from`; the objective's when not given.",
     .example = "\"2026-10-01\""},
    {"by", &cyn_leaf_date, FLAGGED(by, has_by),
     .doc = "The day by which it is to be reached; the objective's when not given.",
     .example = "\"2026-12-31\""},
    {"direction", &cyn_shape_direction, AT(direction),
     .doc = "Which way is better; the metric's when not given.", .example = "\"up\""},
    {"owner", &cyn_leaf_line, AT(owner),
     .doc = "Who answers for it; the objective's owner when not given.", .example = "\"growth\""},
};
#undef AT
#undef FLAGGED
static const cyn_shape result = {.kind = CYN_SHAPE_OBJECT,
                                 .expected = "a mapping with metric, from, to …",
                                 FIELDS(result_fields),
                                 .check = cyn_rules_result};
static const cyn_shape results = {.kind = CYN_SHAPE_LIST,
                                  .expected = "a list of key results",
                                  .item = &result,
                                  .item_size = sizeof(cyn_key_result)};

#define AT(member)         offsetof(cyn_objective, member), CYN_NO_FLAG
#define FLAGGED(member, f) offsetof(cyn_objective, member), offsetof(cyn_objective, f)
static const cyn_field objective_fields[] = {
    {"title", &cyn_shape_label, AT(title), .doc = "The objective as people read it.",
     .example = "{\"en\":\"New learners stay\",\"ja\":\"新しい学習者が続けてくれる\"}"},
    {"why", &cyn_leaf_text, AT(why), .doc = "Why it matters now."},
    {"owner", &cyn_leaf_line, AT(owner), .doc = "Who answers for it.", .example = "\"growth\""},
    {"department", &cyn_leaf_line, AT(department), .doc = "The department whose objective it is.",
     .example = "\"Product\""},
    {"supports", &cyn_leaf_line, AT(supports),
     .doc = "The metric or the objective that it helps to reach.",
     .example = "\"lessons_per_learner\""},
    {"since", &cyn_leaf_date, FLAGGED(since, has_since), .doc = "The day on which it begins.",
     .example = "\"2026-10-01\""},
    {"by", &cyn_leaf_date, FLAGGED(by, has_by), .doc = "The day by which it is to be reached.",
     .example = "\"2026-12-31\""},
    {"key_results", &results, AT(results), .doc = "The metrics that say whether it is reached.",
     .example = "[{\"metric\":\"aha_rate\",\"from\":\"30%\",\"to\":\"45%\"}]"},
};
#undef AT
#undef FLAGGED

static void begin_objective(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_objective *)out =
        (cyn_objective){.name = key->text, .line = key->line, .column = key->column};
}

static const cyn_shape objective = {.kind = CYN_SHAPE_OBJECT,
                                    .expected = "a mapping with title, owner, key_results …",
                                    FIELDS(objective_fields),
                                    .check = cyn_rules_objective};
static const cyn_shape objectives = {.kind = CYN_SHAPE_MAP,
                                     .expected = "a mapping from names to objectives",
                                     .begin = begin_objective,
                                     .item = &objective,
                                     .item_size = sizeof(cyn_objective)};
static const cyn_field okrs_fields[] = {
    {"objectives", &objectives, 0, CYN_NO_FLAG, .required = true,
     .doc = "What shall be reached, by names of your own."},
};
static const cyn_shape okrs = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with objectives", FIELDS(okrs_fields)};

const cyn_file_kind cyn_file_okrs = {.name = "okrs",
                                     .file = "okrs.yaml",
                                     .title = "Objectives and key results.",
                                     .root = &okrs,
                                     .size = sizeof(cyn_okrs)};
