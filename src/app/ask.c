#include "app/ask.h"
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST   1000
#define PERIODS_MOST 100000

cyn_code cyn_ask_number(const cyn_args *args, const char *option, int fallback, int least, int most,
                        int *out, cyn_err *err)
{
    const char *text = cyn_arg(args, option);
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : fallback;
    if (text && (*end || end == text || n < least || n > most))
        return cyn_fail(err, CYN_E_USAGE, "--%s %s: expected a number from %d to %d", option, text,
                        least, most);
    *out = (int)n;
    return CYN_OK;
}

cyn_code cyn_ask_names(const cyn_args *args, const char *option, size_t most, cyn_arena *arena,
                       const char **out, size_t *count, cyn_err *err)
{
    const char *text = cyn_arg(args, option);
    *count = 0;
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n == 0) return cyn_fail(err, CYN_E_USAGE, "--%s: an empty name", option);
        if (*count == most)
            return cyn_fail(err, CYN_E_USAGE, "--%s takes at most %zu dimensions", option, most);
        out[*count] = cyn_strndup(arena, text, n);
        if (!out[(*count)++]) return cyn_nomem(err);
        text += n;
        if (*text == ',' && !*++text)
            return cyn_fail(err, CYN_E_USAGE, "--%s: an empty name", option);
    }
    return CYN_OK;
}

cyn_code cyn_ask_format(const cyn_args *args, bool has_csv, cyn_format *out, cyn_err *err)
{
    const char *format = cyn_arg(args, "json") ? "json" : cyn_arg(args, "format");
    if (!format) return CYN_OK;
    CYN_TRY(cyn_parse_output_format(format, out, err));
    if (has_csv || *out != CYN_FORMAT_CSV) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "--format csv: expected table, json or markdown");
}

cyn_code cyn_ask_grain(const cyn_args *args, bool *given, cyn_grain *out, cyn_err *err)
{
    const char *grain = cyn_arg(args, "grain");
    *given = grain != NULL;
    return grain ? cyn_parse_grain(grain, out, err) : CYN_OK;
}

cyn_code cyn_ask_periods(const cyn_args *args, int last, cyn_eval_request *out, cyn_err *err)
{
    out->at = cyn_arg(args, "at");
    out->from = cyn_arg(args, "from");
    out->to = cyn_arg(args, "to");
    out->as_of = cyn_arg(args, "as-of");
    bool at = out->at != NULL, range = out->from || out->to;
    CYN_TRY(cyn_ask_grain(args, &out->has_grain, &out->grain, err));
    CYN_TRY(cyn_ask_number(args, "last", at || range ? 0 : last, 1, PERIODS_MOST, &out->last, err));
    if (at + range + (cyn_arg(args, "last") != NULL) > 1)
        return cyn_fail(err, CYN_E_USAGE, "--at, --from/--to and --last exclude one another");
    return CYN_OK;
}

cyn_code cyn_ask_tree(const cyn_args *args, cyn_tree_request *out, cyn_err *err)
{
    cyn_tree_request r = {.at = cyn_arg(args, "at"),
                          .against = {.kind = CYN_AGAINST_PREVIOUS},
                          .by = cyn_arg(args, "by"),
                          .as_of = cyn_arg(args, "as-of"),
                          .cancel = &cyn_interrupted};
    const char *against = cyn_arg(args, "against");
    CYN_TRY(cyn_ask_number(args, "depth", CYN_TREE_ALL, 0, DEPTH_MOST, &r.depth, err));
    CYN_TRY(cyn_ask_grain(args, &r.has_grain, &r.grain, err));
    if (against) r.against = cyn_parse_against(against);
    *out = r;
    return CYN_OK;
}

cyn_code cyn_ask_roots(const cyn_session *s, const char *command, const char *const **out,
                       size_t *count, cyn_err *err)
{
    CYN_TRY(cyn_tree_roots(s->project, s->arena, out, count, err));
    if (*count > 0) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "the project has no KGI and no North Star Metric");
    cyn_hint(err, "name the metric to begin with: cynosure %s METRIC", command);
    return CYN_E_USAGE;
}

void cyn_ask_look(const cyn_session *s, const cyn_args *args, cyn_report_options *out)
{
    out->language = s->project->config->language;
    out->calendar = &s->project->calendar;
    out->width = cyn_terminal_width();
    out->colour = cyn_use_colour(args);
    out->ascii = cyn_terminal_ascii();
}

void cyn_ask_data(const cyn_session *s, const char *const *by, size_t nby)
{
    cyn_dataset_load_needed(s->data, by, nby);
    if (!getenv("CYNOSURE_LUA")) cyn_dataset_reuse(s->data); /* the library may have changed */
}

void cyn_ask_failures(cyn_failures *f, cyn_format format)
{
    if (format == CYN_FORMAT_JSON || format == CYN_FORMAT_CSV) cyn_failures_say(f, cyn_print_error);
    cyn_failures_clear(f);
}

void cyn_ask_tree_failures(const cyn_tree_view *v)
{
    cyn_failures failures = {0};
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].line == CYN_LINE_METRIC && v->items[i].point)
            cyn_failures_add_points(&failures, v->items[i].point, 1);
    cyn_ask_failures(&failures, CYN_FORMAT_JSON);
}

void cyn_ask_notes(cyn_session *s)
{
    cyn_err_list notes;
    cyn_err_list_init(&notes, s->arena);
    cyn_dataset_note_rows(s->data, &notes);
    for (size_t i = 0; i < notes.count; i++)
        cyn_print_note(&notes.items[i]);
}
