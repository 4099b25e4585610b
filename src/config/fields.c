/* cynosure.yaml, and the shapes that several files use. */
#include "config/fields_impl.h"
#include "config/rules.h"
#include <string.h>

ASSERT_SLICE(cyn_config, silences, nsilences);
ASSERT_SLICE(cyn_config, sources, nsources);
ASSERT_SLICE(cyn_config, channels, nchannels);
ASSERT_SLICE(cyn_config, calendars, ncalendars);
ASSERT_SLICE(cyn_config, maintenance, nmaintenance);
ASSERT_SLICE(cyn_config, inhibit, ninhibit);
ASSERT_SLICE(cyn_config, escalate, nescalate);
ASSERT_SLICE(cyn_config, annotations, nannotations);
ASSERT_SLICE(cyn_config_source, paths, npaths);
ASSERT_SLICE(cyn_config_source, dimensions, ndimensions);
ASSERT_SLICE(cyn_config_source, columns, ncolumns);
ASSERT_SLICE(cyn_config_source, missing, nmissing);

/* Shapes that several files use */

static const cyn_shape list_of_lines = {.kind = CYN_SHAPE_LIST,
                                        .expected = "a list of texts",
                                        .item = &cyn_leaf_line,
                                        .item_size = sizeof(const char *)};
static const cyn_shape some_lines = {.kind = CYN_SHAPE_LIST,
                                     .expected = "a text or a list of texts",
                                     .item = &cyn_leaf_line,
                                     .item_size = sizeof(const char *),
                                     .min_items = 1};

bool cyn_read_single(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    const char **items = CYN_NEW_ARRAY(l->arena, 1, const char *); /* as large as any item */
    size_t count = 1;
    if (!items) return cyn_out_of_memory(l);
    if (!cyn_shape_read(l, shape->item, node, items)) return false;
    memcpy(out, &items, sizeof items);
    memcpy((char *)out + sizeof items, &count, sizeof count);
    return true;
}

static const cyn_shape single_line = {
    .expected = "a text or a list of texts", .read = cyn_read_single, .item = &cyn_leaf_line};
const cyn_shape cyn_shape_lines = {.kind = CYN_SHAPE_EITHER,
                                   .expected = "a text or a list of texts",
                                   .scalar = &single_line,
                                   .sequence = &some_lines};

static const cyn_field label_fields[] = {
    {"en", &cyn_leaf_line, offsetof(cyn_label, en), CYN_NO_FLAG, .doc = "The title in English."},
    {"ja", &cyn_leaf_line, offsetof(cyn_label, ja), CYN_NO_FLAG, .doc = "The title in Japanese."},
};
static const cyn_shape label_by_language = {.kind = CYN_SHAPE_OBJECT,
                                            .expected = "a title in en, ja or both",
                                            FIELDS(label_fields),
                                            .not_empty = true};
const cyn_shape cyn_shape_label = {.kind = CYN_SHAPE_EITHER,
                                   .expected = "a text, or {en: …, ja: …}",
                                   .scalar = &cyn_leaf_line,
                                   .mapping = &label_by_language};

static void begin_silence(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_silence *)out = (cyn_silence){.id = key->text, .line = key->line, .column = key->column};
}

static bool read_reason(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    return cyn_shape_read(l, shape->item, node, &((cyn_silence *)out)->reason);
}

static const cyn_shape reason = {.read = read_reason, .item = &cyn_leaf_text};
const cyn_shape cyn_shape_silences = {.kind = CYN_SHAPE_MAP,
                                      .expected = "a mapping from findings to reasons",
                                      .begin = begin_silence,
                                      .item = &reason,
                                      .item_size = sizeof(cyn_silence)};

/* cynosure.yaml: sources.*.columns */

static const char *const epoch_words[] = {"", "s", "ms", "us", NULL};
static const cyn_shape epoch = {
    .expected = "s, ms or us", .read = cyn_read_word, .words = epoch_words};
static const cyn_shape scale = {.expected = "an integer from 0 to 18",
                                .read = cyn_read_integer,
                                .min = 0,
                                .max = 18,
                                .schema = "\"type\":\"integer\",\"minimum\":0,\"maximum\":18"};

static const cyn_field column_fields[] = {
    {"type", &cyn_leaf_column, 0, CYN_NO_FLAG,
     .doc = "The type of the values; found out from the data when not given.",
     .example = "\"decimal(2)\""},
    {"from", &cyn_leaf_line, offsetof(cyn_config_column, from), CYN_NO_FLAG,
     .doc = "The column's name in the data, when it has another one here.",
     .example = "\"Order Date\""},
    {"format", &cyn_leaf_format, offsetof(cyn_config_column, format), CYN_NO_FLAG,
     .doc = "How timestamps or dates are written, with %Y %m %d %H %M %S and their like; "
            "ISO 8601 needs none.",
     .example = "\"%d/%m/%Y %H:%M\""},
    {"epoch", &epoch, offsetof(cyn_config_column, epoch), CYN_NO_FLAG,
     .doc = "Timestamps are numbers: seconds, milliseconds or microseconds since 1970-01-01 UTC.",
     .example = "\"ms\""},
    {"scale", &scale, offsetof(cyn_config_column, scale), CYN_NO_FLAG,
     .doc = "Digits after the decimal point of a decimal.", .example = "2"},
};
static const cyn_shape column_object = {
    .kind = CYN_SHAPE_OBJECT,
    .expected = "a type or a mapping",
    FIELDS(column_fields),
    .check = cyn_rules_column,
    .rules = "\"allOf\":["
             "{\"not\":{\"required\":[\"epoch\",\"format\"]}},"
             "{\"if\":{\"required\":[\"epoch\"]},\"then\":{\"required\":[\"type\"],"
             "\"properties\":{\"type\":{\"const\":\"timestamp\"}}}},"
             "{\"if\":{\"required\":[\"format\"]},\"then\":{\"required\":[\"type\"],"
             "\"properties\":{\"type\":{\"enum\":[\"timestamp\",\"date\"]}}}},"
             "{\"if\":{\"required\":[\"scale\"]},\"then\":{\"required\":[\"type\"],"
             "\"properties\":{\"type\":{\"const\":\"decimal\"}}}}]"};
static const cyn_shape column = {.kind = CYN_SHAPE_EITHER,
                                 .expected = "a type, or a mapping with type, from …",
                                 .scalar = &cyn_leaf_column,
                                 .mapping = &column_object};

static void begin_column(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_config_column *)out = (cyn_config_column){.name = key->text, .scale = -1};
}

static const cyn_shape columns = {.kind = CYN_SHAPE_MAP,
                                  .expected = "a mapping from column names to types",
                                  .begin = begin_column,
                                  .item = &column,
                                  .item_size = sizeof(cyn_config_column)};

/* cynosure.yaml: sources */

static const cyn_shape some_paths = {.kind = CYN_SHAPE_LIST,
                                     .expected = "a path or a list of paths",
                                     .item = &cyn_leaf_path,
                                     .item_size = sizeof(const char *),
                                     .min_items = 1};
static const cyn_shape single_path = {
    .expected = "a path or a list of paths", .read = cyn_read_single, .item = &cyn_leaf_path};
static const cyn_shape paths = {.kind = CYN_SHAPE_EITHER,
                                .expected = "a path or a list of paths",
                                .scalar = &single_path,
                                .sequence = &some_paths};
static const cyn_shape missing = {.kind = CYN_SHAPE_LIST,
                                  .expected = "a list of texts",
                                  .item = &cyn_leaf_any_text,
                                  .item_size = sizeof(const char *)};
static const char *const source_types[] = {"", "csv", "ndjson", "sqlite", NULL};
static const cyn_shape source_type = {
    .expected = "csv, ndjson or sqlite", .read = cyn_read_word, .words = source_types};

#define AT(member) offsetof(cyn_config_source, member), CYN_NO_FLAG
static const cyn_field source_fields[] = {
    {"type", &source_type, AT(type),
     .doc = "The kind of source; told from the ending of path when not given.",
     .example = "\"csv\""},
    {"path", &paths, AT(paths), .required = true,
     .doc = "One or several files, relative to the project; * ? [ ] match many. ${VAR} and "
            "${VAR:-default} are replaced from the environment.",
     .example = "\"data/events-*.csv.gz\""},
    {"delimiter", &cyn_leaf_delimiter, AT(delimiter),
     .doc = "What separates the fields of a CSV; found out when not given.",
     .example = "\"semicolon\""},
    {"encoding", &cyn_leaf_line, AT(encoding),
     .doc = "The character encoding of the files; UTF-8 when not given.",
     .example = "\"shift_jis\""},
    {"table", &cyn_leaf_line, AT(table), .doc = "The table of a SQLite source.",
     .example = "\"orders\""},
    {"query", &cyn_leaf_text, AT(query),
     .doc = "The SELECT whose rows are the source, for SQLite; instead of table.",
     .example = "\"SELECT * FROM orders WHERE test = 0\""},
    {"time", &cyn_leaf_line, AT(time),
     .doc = "The column that puts a row into a period; a source without it is a snapshot.",
     .example = "\"created_at\""},
    {"entity", &cyn_leaf_line, AT(entity), .doc = "The column that says whom a row is about.",
     .example = "\"user_id\""},
    {"event", &cyn_leaf_line, AT(event),
     .doc = "The column that names a row's event, as the dictionary calls it; `check` finds it out "
            "when not given.",
     .example = "\"event\""},
    {"timezone", &cyn_leaf_zone, AT(timezone),
     .doc = "The IANA time zone of timestamps without offset; the project's when not given.",
     .example = "\"America/Sao_Paulo\""},
    {"dimensions", &list_of_lines, AT(dimensions),
     .doc = "The columns by which values can be split (--by).",
     .example = "[\"channel\",\"country\"]"},
    {"columns", &columns, AT(columns),
     .doc = "Types and names of columns; what is not declared is found out from the data.",
     .example = "{\"amount\":\"decimal(2)\"}"},
    {"missing", &missing, AT(missing),
     .doc = "Texts that mean a missing value, beside the empty one.", .example = "[\"NA\",\"-\"]"},
    {"bad_rows", &cyn_leaf_bad_rows, 0, CYN_NO_FLAG,
     .doc = "How many rows may be unreadable before the load fails: a number, a share, or none "
            "for no limit.",
     .fallback = "1000", .example = "\"1.5%\""},
    {"poll", &cyn_leaf_duration, AT(poll),
     .doc = "How often `cynosure serve` looks whether the files changed; schedule.poll when not "
            "given.",
     .example = "\"5m\""},
    {"watch", &cyn_leaf_boolean, AT(watch),
     .doc = "Whether it looks, too, as soon as the system says that they changed.",
     .fallback = "false"},
};
#undef AT

static void begin_source(cyn_loading *l, const cyn_node *key, void *out)
{
    (void)l;
    *(cyn_config_source *)out =
        (cyn_config_source){.name = key->text, .line = key->line, .column = key->column};
}

static const cyn_shape source = {
    .kind = CYN_SHAPE_OBJECT,
    .expected = "a mapping with path, type …",
    FIELDS(source_fields),
    .check = cyn_rules_source,
    .rules = "\"allOf\":["
             "{\"not\":{\"required\":[\"table\",\"query\"]}},"
             "{\"if\":{\"required\":[\"type\"],\"properties\":{\"type\":{\"const\":\"csv\"}}},"
             "\"then\":{\"properties\":{\"table\":false,\"query\":false}}},"
             "{\"if\":{\"required\":[\"type\"],\"properties\":{\"type\":{\"const\":\"ndjson\"}}},"
             "\"then\":{\"properties\":{\"table\":false,\"query\":false,\"delimiter\":false}}},"
             "{\"if\":{\"required\":[\"type\"],\"properties\":{\"type\":{\"const\":\"sqlite\"}}},"
             "\"then\":{\"properties\":{\"delimiter\":false,\"encoding\":false},"
             "\"anyOf\":[{\"required\":[\"table\"]},{\"required\":[\"query\"]}]}}]"};
static const cyn_shape sources = {.kind = CYN_SHAPE_MAP,
                                  .expected = "a mapping from names to sources",
                                  .begin = begin_source,
                                  .item = &source,
                                  .item_size = sizeof(cyn_config_source),
                                  .identifiers = true};

/* cynosure.yaml: limits */

#define AT(member) offsetof(cyn_config_limits, member), CYN_NO_FLAG
static const cyn_field limit_fields[] = {
    {"time", &cyn_leaf_time_limit, AT(time),
     .doc = "How long each script may take to load; 10s when not given.", .example = "\"10s\""},
    {"call_time", &cyn_leaf_time_limit, AT(call_time),
     .doc = "How long scripts may compute with one batch of rows or points; 60s when not given.",
     .example = "\"60s\""},
    {"instructions", &cyn_leaf_count_limit, AT(instructions),
     .doc = "How many instructions each run may execute; not counted when not given, for counting "
            "makes scripts slower.",
     .example = "100000000"},
    {"memory", &cyn_leaf_size_limit, AT(memory),
     .doc = "How much memory the scripts of a worker may hold; 256M when not given.",
     .example = "\"256M\""},
    {"output", &cyn_leaf_size_limit, AT(output),
     .doc = "How large the declarations of all scripts, or the texts that one call gives, may be; "
            "64M when not given.",
     .example = "\"64M\""},
};
#undef AT
static const cyn_shape limits = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with time, memory …", FIELDS(limit_fields)};

/* cynosure.yaml */

static const char *const weekdays[] = {"",       "monday",   "tuesday", "wednesday", "thursday",
                                       "friday", "saturday", "sunday",  NULL};
static const cyn_shape weekday = {
    .expected = "a weekday, monday to sunday", .read = cyn_read_word_enum, .words = weekdays};
static const char *const year_names[] = {"", "end", "start", NULL};
static const cyn_shape year_name = {
    .expected = "end or start", .read = cyn_read_word_enum, .words = year_names};
static const char *const languages[] = {"", "en", "ja", NULL};
static const cyn_shape language = {
    .expected = "en or ja", .read = cyn_read_word, .words = languages};

#define AT(member) offsetof(cyn_config, member), CYN_NO_FLAG
static const cyn_field check_fields[] = {
    {"silence", &cyn_shape_silences, AT(silences),
     .doc = "Findings that nobody wants to see of any metric: their ids, each with the reason.",
     .example = "{\"no-market\":\"nobody publishes such figures\"}"},
};
static const cyn_shape check = {
    .kind = CYN_SHAPE_OBJECT, .expected = "a mapping with silence", FIELDS(check_fields)};

static const cyn_field config_fields[] = {
    {"name", &cyn_leaf_line, AT(name), .required = true, .doc = "The project's name.",
     .example = "\"Learning app\""},
    {"description", &cyn_leaf_text, AT(description), .doc = "What the project measures."},
    {"timezone", &cyn_leaf_zone, AT(timezone),
     .doc = "The IANA time zone in which periods begin and end.", .fallback = "UTC",
     .example = "\"Asia/Tokyo\""},
    {"week_start", &weekday, AT(week_start), .doc = "The first day of the week.",
     .fallback = "monday"},
    {"fiscal_year_start", &cyn_leaf_month, AT(fiscal_month),
     .doc = "The first month of the fiscal year, in which years and quarters begin.",
     .fallback = "1", .example = "\"april\""},
    {"fiscal_year_name", &year_name, AT(fiscal_name),
     .doc = "Whether a fiscal year is called by the calendar year in which it ends or starts.",
     .fallback = "end"},
    {"fiscal_calendar", &cyn_leaf_fiscal_calendar, AT(fiscal_pattern),
     .doc = "Months of the calendar, or of 4, 4 and 5 whole weeks in this order.",
     .fallback = "calendar", .example = "445"},
    {"fiscal_year_end", &cyn_leaf_year_end, 0, CYN_NO_FLAG,
     .doc = "The day on which a fiscal year of whole weeks ends: the last such weekday of its last "
            "month, or the one nearest to that month's end; the last day before week_start when "
            "not given.",
     .example = "\"last-saturday\""},
    {"language", &language, AT(language), .doc = "The language of titles and tables.",
     .fallback = "en"},
    {"grain", &cyn_leaf_grain, AT(grain), .doc = "The grain of metrics that name none.",
     .fallback = "week", .example = "\"month\""},
    {"as_of", &cyn_leaf_as_of, AT(as_of),
     .doc = "The moment that counts as now: data (the end of the data), a date or an instant; "
            "the clock when not given.",
     .example = "\"data\""},
    {"limits", &limits, AT(limits),
     .doc = "What scripts may use; one that uses more fails alone, with file and line."},
    {"check", &check, 0, CYN_NO_FLAG, .doc = "What `cynosure check` looks for."},
    {"sources", &sources, AT(sources), .doc = "The rows that metrics are computed from, by name."},
    {"channels", &cyn_shape_channels, AT(channels),
     .doc = "Where messages about alerts go, by the names that rules notify."},
    {"calendars", &cyn_shape_calendars, AT(calendars),
     .doc = "When somebody is on duty, by the names that rules and maintenance use."},
    {"maintenance", &cyn_shape_maintenance, AT(maintenance),
     .doc = "When nobody is to be told of which alerts."},
    {"inhibit", &cyn_shape_inhibitions, AT(inhibit),
     .doc = "Which firing alerts make which others not worth a message."},
    {"escalate", &cyn_shape_escalations, AT(escalate),
     .doc = "Who else is told of an incident that nobody acknowledged."},
    {"schedule", &cyn_shape_schedule, AT(schedule),
     .doc = "When `cynosure serve` loads, evaluates and reports."},
    {"serve", &cyn_shape_serve, AT(serve),
     .doc = "Where `cynosure serve` listens, and who may read and write."},
    {"annotations", &cyn_shape_annotations, AT(annotations),
     .doc = "What charts remember of certain days."},
};
#undef AT
static const cyn_shape config = {.kind = CYN_SHAPE_OBJECT,
                                 .expected = "a mapping with name, timezone, sources …",
                                 FIELDS(config_fields),
                                 .check = cyn_rules_config,
                                 .rules = "\"if\":{\"required\":[\"fiscal_year_end\"]},\"then\":{"
                                          "\"required\":[\"fiscal_calendar\"],\"properties\":{"
                                          "\"fiscal_calendar\":{\"enum\":[445,454,544]}}}"};

const cyn_file_kind cyn_file_cynosure = {
    .name = "cynosure",
    .file = "cynosure.yaml",
    .title = "A Cynosure project: its name, its calendar and the sources of its data.",
    .root = &config,
    .size = sizeof(cyn_config)};

/* All files */

const cyn_file_kind *cyn_file_kind_find(const char *name)
{
    const cyn_file_kind *const kinds[] = {&cyn_file_cynosure, &cyn_file_kpis, &cyn_file_dictionary,
                                          &cyn_file_okrs};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
    return NULL;
}
