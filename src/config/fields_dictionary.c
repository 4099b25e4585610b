/* dictionary.yaml */
#include "config/fields_impl.h"

ASSERT_SLICE(cyn_event, key, nkey);
ASSERT_SLICE(cyn_event, properties, nproperties);
ASSERT_SLICE(cyn_dictionary, events, nevents);

static const cyn_field property_fields[] = {
    {"type", &cyn_leaf_property, 0, CYN_NO_FLAG, .doc = "The type of the values.",
     .example = "\"decimal\""},
    {"required", &cyn_leaf_boolean, offsetof(cyn_property, required), CYN_NO_FLAG,
     .doc = "Whether every event of this name carries it.", .fallback = "false"},
    {"description", &cyn_leaf_text, offsetof(cyn_property, description), CYN_NO_FLAG,
     .doc = "What it means."},
};
static const cyn_shape property_object = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a type or a mapping", FIELDS(property_fields)};
static const cyn_shape property = {.kind = CYN_SHAPE_EITHER,
                                   .expected = "a type, or a mapping with type, required …",
                                   .scalar = &cyn_leaf_property,
                                   .mapping = &property_object};

static void begin_property(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_property *)out = (cyn_property){.name = key->text};
}

static const cyn_shape properties = {.kind = CYN_SHAPE_MAP,
                                     .expected = "a mapping from property names to types",
                                     .begin = begin_property,
                                     .item = &property,
                                     .item_size = sizeof(cyn_property)};

#define AT(member) offsetof(cyn_event, member), CYN_NO_FLAG
static const cyn_field event_fields[] = {
    {"title", &cyn_shape_label, AT(title), .doc = "The event's name as people read it."},
    {"description", &cyn_leaf_text, AT(description), .doc = "What the event means."},
    {"when", &cyn_leaf_text, AT(when), .doc = "The moment at which it is recorded.",
     .example = "\"the last exercise of a lesson is answered\""},
    {"key", &cyn_shape_lines, AT(key), .doc = "The columns that tell one occurrence from another.",
     .example = "[\"user_id\",\"lesson_id\"]"},
    {"properties", &properties, AT(properties), .doc = "What an event of this name carries.",
     .example = "{\"amount\":\"decimal\"}"},
    {"example", &cyn_leaf_example, AT(example), .doc = "One event as it is recorded.",
     .example = "{\"user_id\":17,\"lesson_id\":\"hiragana-1\"}"},
    {"grain", &cyn_leaf_line, AT(grain), .doc = "What one row stands for.",
     .example = "\"one row per finished lesson\""},
    {"source", &cyn_leaf_line, AT(source), .doc = "The source that holds it.",
     .example = "\"events\""},
    {"owner", &cyn_leaf_line, AT(owner), .doc = "Who answers for it."},
};
#undef AT

static void begin_event(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_event *)out = (cyn_event){.name = key->text, .line = key->line, .column = key->column};
}

static const cyn_shape event = {.kind = CYN_SHAPE_OBJECT,
                                .expected = "a mapping with title, when, key, properties …",
                                FIELDS(event_fields)};
static const cyn_shape events = {.kind = CYN_SHAPE_MAP,
                                 .expected = "a mapping from names to events",
                                 .begin = begin_event,
                                 .item = &event,
                                 .item_size = sizeof(cyn_event)};
static const cyn_field dictionary_fields[] = {
    {"events", &events, 0, CYN_NO_FLAG, .required = true,
     .doc = "What each event means, by its name in the data."},
};
static const cyn_shape dictionary = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with events", FIELDS(dictionary_fields)};

const cyn_file_kind cyn_file_dictionary = {.name = "dictionary",
                                           .file = "dictionary.yaml",
                                           .title = "The event dictionary: what each event means.",
                                           .root = &dictionary,
                                           .size = sizeof(cyn_dictionary)};
