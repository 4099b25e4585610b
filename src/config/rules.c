#include "config/rules.h"
#include "config/leaf.h"
#include <string.h>
#include <strings.h>

static bool is_given(const cyn_node *node, const char *key)
{
    return cyn_node_find(node, key) != NULL;
}

/* The calendar */

/* Months of whole weeks begin where weeks do, or a week would lie in two of them. */
static void check_year_end(cyn_loading *l, const cyn_node *node, cyn_config *config)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    if (config->week_start == 0) return;
    int day_before = (config->week_start + 5) % 7 + 1;
    if (!is_given(node, "fiscal_year_end")) config->fiscal_end = day_before;
    if (config->fiscal_end == 0 || config->fiscal_end == day_before) return;
    const char *starts = days[config->fiscal_end % 7];
    cyn_report_key(l, CYN_E_CONFLICT, node, "fiscal_year_end",
                   "a week that ends on %s starts on %s, but week_start is %s",
                   days[config->fiscal_end - 1], starts, days[config->week_start - 1]);
    cyn_finding_hint(l->findings, "Add week_start: %s, or end the year on %s.", starts,
                     days[day_before - 1]);
}

void cyn_rules_config(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config *config = object;
    const cyn_node *calendar = cyn_node_find(node, "fiscal_calendar");
    if (config->fiscal_pattern)
        check_year_end(l, node, config);
    else if (is_given(node, "fiscal_year_end") &&
             (!calendar || strcmp(calendar->text ? calendar->text : "", "calendar") == 0))
        cyn_report_key(l, CYN_E_CONFLICT, node, "fiscal_year_end",
                       "goes only with fiscal_calendar: 445, 454 or 544");
    cyn_rules_sections(l, node, config);
    cyn_rules_alerts(l, node, config);
}

/* Sources */

static bool ends_in(const char *text, size_t n, const char *ending)
{
    size_t length = strlen(ending);
    return n > length && strncasecmp(text + n - length, ending, length) == 0;
}

static size_t without_compression(const char *path)
{
    size_t n = strlen(path);
    if (ends_in(path, n, ".gz")) return n - 3;
    return ends_in(path, n, ".zst") ? n - 4 : n;
}

static const char *type_of_path(const char *path)
{
    static const struct {
        const char *ending, *type;
    } known[] = {{".csv", "csv"},        {".tsv", "csv"},      {".txt", "csv"},
                 {".ndjson", "ndjson"},  {".jsonl", "ndjson"}, {".sqlite", "sqlite"},
                 {".sqlite3", "sqlite"}, {".db", "sqlite"}};
    size_t whole = strlen(path), n = without_compression(path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool compressed_database = n != whole && strcmp(known[i].type, "sqlite") == 0;
        if (ends_in(path, n, known[i].ending) && !compressed_database) return known[i].type;
    }
    return NULL;
}

/* Paths are named as written: what a variable holds stays out of messages. */
static void infer_type(cyn_loading *l, const cyn_node *node, cyn_config_source *source)
{
    const char *found = type_of_path(source->paths[0]);
    for (size_t i = 1; found && i < source->npaths; i++) {
        const char *other = type_of_path(source->paths[i]);
        if (!other || strcmp(found, other) != 0) found = NULL;
    }
    source->type = found;
    if (found) return;
    cyn_report(l, CYN_E_TYPE, cyn_node_find(node, "path"),
               "the endings of the paths do not tell one type; add type: csv, ndjson or sqlite");
    cyn_finding_hint(l->findings, "Known endings: .csv .tsv .txt .ndjson .jsonl (also with .gz or "
                                  ".zst after them), .sqlite .sqlite3 .db.");
}

/* A .tsv file says its delimiter; with one column only, nobody could find it out. */
static void infer_delimiter(cyn_config_source *source)
{
    for (size_t i = 0; i < source->npaths; i++)
        if (!ends_in(source->paths[i], without_compression(source->paths[i]), ".tsv")) return;
    source->delimiter = "\t";
}

static void check_belongs(cyn_loading *l, const cyn_node *node, const char *type, const char *key,
                          const char *types)
{
    if (!is_given(node, key) || strstr(types, type)) return;
    cyn_report_key(l, CYN_E_CONFLICT, node, key,
                   "has no meaning for a source of type %s, only for %s", type, types);
}

void cyn_rules_source(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_source *source = object;
    if (!source->type && !is_given(node, "type") && source->npaths > 0) infer_type(l, node, source);
    if (is_given(node, "table") && is_given(node, "query"))
        cyn_report_key(l, CYN_E_CONFLICT, node, "query", "given beside table; keep one of the two");
    if (!source->type) return;
    check_belongs(l, node, source->type, "table", "sqlite");
    check_belongs(l, node, source->type, "query", "sqlite");
    check_belongs(l, node, source->type, "delimiter", "csv");
    check_belongs(l, node, source->type, "encoding", "csv and ndjson");
    if (strcmp(source->type, "sqlite") == 0 && !is_given(node, "table") && !is_given(node, "query"))
        cyn_report(l, CYN_E_NAME, node, "a source of type sqlite needs a table or a query");
    if (strcmp(source->type, "csv") == 0 && !is_given(node, "delimiter")) infer_delimiter(source);
}

/* Columns */

void cyn_rules_column(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_column *column = object;
    const cyn_node *type = cyn_node_find(node, "type");
    bool unknown = type && !column->has_type; /* reported already */
    bool timestamp = column->has_type && column->type == CYN_TIMESTAMP;
    bool date = column->has_type && column->type == CYN_DATE;
    bool decimal = column->has_type && column->type == CYN_DECIMAL;
    if (is_given(node, "epoch") && is_given(node, "format"))
        cyn_report_key(l, CYN_E_CONFLICT, node, "format",
                       "given beside epoch; keep one of the two");
    if (unknown) return;
    if (is_given(node, "epoch") && !timestamp)
        cyn_report_key(l, CYN_E_CONFLICT, node, "epoch", "goes only with type: timestamp");
    if (is_given(node, "format") && !timestamp && !date)
        cyn_report_key(l, CYN_E_CONFLICT, node, "format", "goes only with type: timestamp or date");
    if (!is_given(node, "scale")) return;
    if (!decimal)
        cyn_report_key(l, CYN_E_CONFLICT, node, "scale", "goes only with type: decimal");
    else if (strcmp(type->text, "decimal") != 0)
        cyn_report_key(l, CYN_E_CONFLICT, node, "scale", "given twice: the type is %s already",
                       type->text);
}

/* Metrics */

static void check_cadence(cyn_loading *l, const cyn_node *node)
{
    const cyn_node *grain_node = cyn_node_find(node, "grain");
    const cyn_node *cadence_node = cyn_node_find(node, "cadence");
    if (!grain_node || !cadence_node) return;
    if (grain_node->kind != CYN_NODE_SCALAR || cadence_node->kind != CYN_NODE_SCALAR) return;
    static const char *const words[][2] = {{"hourly", "hour"},       {"daily", "day"},
                                           {"weekly", "week"},       {"monthly", "month"},
                                           {"quarterly", "quarter"}, {"yearly", "year"}};
    cyn_grain grain;
    if (cyn_parse_grain(grain_node->text, &grain, NULL) != CYN_OK) return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(cadence_node->text, words[i][0]) != 0) continue;
        if (strcmp(grain_node->text, words[i][1]) != 0)
            cyn_report_key(l, CYN_E_CONFLICT, node, "cadence",
                           "'%s' contradicts grain '%s'; keep one of the two", cadence_node->text,
                           grain_node->text);
    }
}

static bool bound_fits(cyn_loading *l, const cyn_node *node, const char *key, cyn_bound bound,
                       cyn_direction direction)
{
    if (!bound.set || bound.two == (direction == CYN_RANGE)) return true;
    return cyn_report_key(l, CYN_E_CONFLICT, node, key,
                          bound.two ? "[low, high] goes only with direction: range; up and down "
                                      "take one number"
                                    : "direction: range takes [low, high], not one number");
}

static bool in_order(cyn_bound green, cyn_bound yellow, cyn_direction direction)
{
    switch (direction) {
    case CYN_UP: return green.lo >= yellow.lo;
    case CYN_DOWN: return green.lo <= yellow.lo;
    case CYN_RANGE: return yellow.lo <= green.lo && green.hi <= yellow.hi;
    default: return true;
    }
}

/* A range that hysteresis leaves empty could never be entered again. */
static void check_hysteresis(cyn_loading *l, const cyn_node *thresholds, const cyn_sheet *sheet)
{
    cyn_bound narrow = sheet->green.set ? sheet->green : sheet->yellow;
    if (narrow.set && narrow.two && 2 * sheet->hysteresis > narrow.hi - narrow.lo)
        cyn_report_key(l, CYN_E_RANGE, thresholds, "hysteresis",
                       "more than half the width of the range: no value could enter it");
}

static void check_thresholds(cyn_loading *l, const cyn_node *node, const cyn_sheet *sheet)
{
    const cyn_node *thresholds = cyn_node_find(node, "thresholds");
    if (!thresholds || thresholds->kind != CYN_NODE_MAPPING) return;
    if (!is_given(node, "direction")) {
        cyn_report_key(l, CYN_E_CONFLICT, node, "thresholds",
                       "thresholds need a direction; add direction: up, down or range");
        return;
    }
    if (sheet->direction == CYN_DIRECTION_NONE) return;
    cyn_trail here = {l->trail, "thresholds"};
    l->trail = &here;
    bool green = bound_fits(l, thresholds, "green", sheet->green, sheet->direction);
    bool yellow = bound_fits(l, thresholds, "yellow", sheet->yellow, sheet->direction);
    if (green && yellow && sheet->green.set && sheet->yellow.set &&
        !in_order(sheet->green, sheet->yellow, sheet->direction))
        cyn_report_key(l, CYN_E_RANGE, thresholds, "yellow",
                       sheet->direction == CYN_UP     ? "above green, though up is better"
                       : sheet->direction == CYN_DOWN ? "below green, though down is better"
                                                      : "the yellow range must hold the green one");
    if (green && yellow) check_hysteresis(l, thresholds, sheet);
    l->trail = here.up;
}

/* "since" after "by" makes no way; the dates that failed on their own are not given. */
static void check_span(cyn_loading *l, const cyn_node *node, bool has_both, int64_t since,
                       int64_t by)
{
    if (has_both && since >= by && is_given(node, "since") && is_given(node, "by"))
        cyn_report_key(l, CYN_E_RANGE, node, "since", "not before the day of `by`");
}

static void check_path(cyn_loading *l, const cyn_node *path, const cyn_sheet *sheet)
{
    cyn_trail here = {l->trail, "path"};
    l->trail = &here;
    for (size_t i = 0; i < sheet->npath; i++) {
        int64_t date = sheet->path[i].date;
        const char *wrong = i > 0 && date <= sheet->path[i - 1].date ? "the one before it"
                            : sheet->has_target_since && date <= sheet->target_since ? "since"
                                                                                     : NULL;
        if (wrong)
            cyn_report_key(l, CYN_E_RANGE, path->items[i], "at", "not after the day of %s", wrong);
        else if (sheet->has_target_by && date >= sheet->target_by)
            cyn_report_key(l, CYN_E_RANGE, path->items[i], "at",
                           "not before the day of `by`, on which the value is `to`");
    }
    l->trail = here.up;
}

void cyn_rules_target(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_sheet *sheet = object;
    check_span(l, node, sheet->has_target_since && sheet->has_target_by, sheet->target_since,
               sheet->target_by);
    const cyn_node *path = cyn_node_find(node, "path");
    if (!path) return;
    if (!is_given(node, "by"))
        cyn_report_key(l, CYN_E_CONFLICT, node, "path", "needs `by`, the day on which it ends");
    check_path(l, path, sheet);
}

void cyn_rules_thresholds(cyn_loading *l, const cyn_node *node, void *object)
{
    (void)object;
    if (node->count > 0 && !is_given(node, "green") && !is_given(node, "yellow"))
        cyn_report(l, CYN_E_NAME, node, "expected green, yellow or both");
}

void cyn_rules_metric(cyn_loading *l, const cyn_node *node, void *sheet)
{
    check_cadence(l, node);
    check_thresholds(l, node, sheet);
}

/* Objectives and key results */

void cyn_rules_result(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_key_result *result = object;
    result->line = node->line;
    result->column = node->column;
    check_span(l, node, result->has_since && result->has_by, result->since, result->by);
}

static bool same_number(bool has_a, double a, bool has_b, double b)
{
    return has_a == has_b && (!has_a || a == b);
}

static bool same_date(bool has_a, int64_t a, bool has_b, int64_t b)
{
    return has_a == has_b && (!has_a || a == b);
}

/* One metric may have several key results, to different values or days. */
static bool same_result(const cyn_key_result *a, const cyn_key_result *b)
{
    return a->metric && b->metric && strcmp(a->metric, b->metric) == 0 &&
           same_number(a->has_to, a->to, b->has_to, b->to) &&
           same_date(a->has_by, a->by, b->has_by, b->by);
}

void cyn_rules_objective(cyn_loading *l, const cyn_node *node, void *object)
{
    const cyn_objective *objective = object;
    check_span(l, node, objective->has_since && objective->has_by, objective->since, objective->by);
    const cyn_node *results = cyn_node_find(node, "key_results");
    for (size_t i = 0; i < objective->nresults; i++)
        for (size_t j = 0; j < i; j++)
            if (same_result(&objective->results[i], &objective->results[j])) {
                cyn_report(l, CYN_E_CONFLICT, results->items[i],
                           "a key result of %s to the same value by the same day stands twice",
                           objective->results[i].metric);
                break;
            }
}
