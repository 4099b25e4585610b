#include "app/commands.h"
#include "app/session.h"
#include "base/text.h"
#include "report/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_text(const char *key, const char *value, cyn_buf *out)
{
    cyn_buf_printf(out, "\"%s\":", key);
    if (value)
        cyn_buf_json_string(out, value, strlen(value));
    else
        cyn_buf_puts(out, "null");
}

static void json_time(const char *key, bool has, int64_t instant, const cyn_tz *tz, cyn_buf *out)
{
    char text[48];
    cyn_format_instant(instant, tz, text, sizeof text);
    json_text(key, has ? text : NULL, out);
}

static void json_lists(const cyn_load_report *r, cyn_buf *out)
{
    cyn_buf_puts(out, ",\"files\":[");
    for (size_t i = 0; i < r->nfiles; i++) {
        cyn_buf_puts(out, i ? ",{" : "{");
        json_text("path", r->files[i].path, out);
        cyn_buf_printf(out, ",\"bytes\":%lld,\"rows\":%lld,\"bad\":%lld}",
                       (long long)r->files[i].bytes, (long long)r->files[i].rows,
                       (long long)r->files[i].bad);
    }
    cyn_buf_puts(out, "],\"columns\":[");
    for (size_t i = 0; i < r->ncolumns; i++) {
        const cyn_load_column *c = &r->columns[i];
        cyn_buf_puts(out, i ? ",{" : "{");
        json_text("name", c->name, out);
        cyn_buf_puts(out, ",");
        json_text("type", cyn_type_name(c->type), out);
        if (c->type == CYN_DECIMAL) cyn_buf_printf(out, ",\"scale\":%d", c->scale);
        cyn_buf_printf(out, ",\"declared\":%s,\"missing\":%lld,", c->declared ? "true" : "false",
                       (long long)c->missing);
        json_text("why", c->why, out);
        cyn_buf_puts(out, "}");
    }
    cyn_buf_puts(out, "],\"bad_rows\":[");
    for (size_t i = 0; i < r->nbad_rows; i++) {
        const cyn_bad_row *b = &r->bad_rows[i];
        cyn_buf_puts(out, i ? ",{" : "{");
        json_text("file", b->file, out);
        cyn_buf_printf(out, ",\"line\":%lld,\"column\":%lld,", (long long)b->line,
                       (long long)b->column);
        json_text("field", b->field, out);
        cyn_buf_puts(out, ",");
        json_text("reason", b->reason, out);
        cyn_buf_puts(out, ",");
        json_text("text", b->text, out);
        cyn_buf_puts(out, "}");
    }
    cyn_buf_puts(out, "]");
}

static void json_source(const cyn_session *s, size_t i, cyn_buf *out)
{
    const cyn_source_data *d = &s->data->sources[i];
    const cyn_load_report *r = d->report;
    cyn_buf_puts(out, "{");
    json_text("source", s->project->config->sources[i].name, out);
    cyn_buf_printf(out, ",\"loaded\":%s", d->table ? "true" : "false");
    if (r) {
        cyn_buf_printf(out, ",\"rows\":%lld,\"bad\":%lld,\"without_time\":%lld,",
                       (long long)r->rows, (long long)r->bad, (long long)r->without_time);
        const cyn_tz *tz = s->project->specs[i].tz;
        json_time("first_time", r->has_time, r->first_time, tz, out);
        cyn_buf_puts(out, ",");
        json_time("last_time", r->has_time, r->last_time, tz, out);
        json_lists(r, out);
    }
    cyn_buf_puts(out, ",");
    json_text("error", d->table ? NULL : d->error.message, out);
    cyn_buf_puts(out, "}\n");
}

static void count_text(int64_t n, cyn_buf *out)
{
    cyn_format_value(cyn_num_integer(n), NULL, "en", out);
}

/* "events  200,312 rows from 1 file, 2025-09-01 … 2026-11-15, 3 bad rows" */
static void headline(const cyn_session *s, size_t i, cyn_buf *out)
{
    const cyn_load_report *r = s->data->sources[i].report;
    const cyn_tz *tz = s->project->specs[i].tz;
    cyn_buf_printf(out, "%s: ", s->project->config->sources[i].name);
    count_text(r->rows, out);
    cyn_buf_printf(out, " rows from %zu file%s", r->nfiles, r->nfiles == 1 ? "" : "s");
    if (r->has_time) {
        char first[24], last[24];
        cyn_format_date(cyn_tz_date(tz, r->first_time), first, sizeof first);
        cyn_format_date(cyn_tz_date(tz, r->last_time), last, sizeof last);
        cyn_buf_printf(out, ", %s … %s", first, last);
    } else {
        cyn_buf_puts(out, ", a snapshot (no time column)");
    }
    if (r->without_time > 0) {
        cyn_buf_puts(out, ", ");
        count_text(r->without_time, out);
        cyn_buf_puts(out, " without time");
    }
    cyn_buf_puts(out, ", ");
    if (r->bad > 0) count_text(r->bad, out);
    cyn_buf_printf(out, "%s bad row%s, %.2f s\n", r->bad > 0 ? "" : "no", r->bad == 1 ? "" : "s",
                   (double)r->microseconds / 1e6);
}

static void column_table(const cyn_load_report *r, bool colour, cyn_buf *out)
{
    cyn_text_table *t = cyn_text_table_new(4);
    if (!t) {
        out->failed = true;
        return;
    }
    cyn_text_table_column(t, 0, "COLUMN", CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, "TYPE", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 2, "MISSING", CYN_RIGHT, 2, false);
    cyn_text_table_column(t, 3, "WHY", CYN_LEFT, 3, true);
    for (size_t i = 0; i < r->ncolumns; i++) {
        const cyn_load_column *c = &r->columns[i];
        char type[32];
        cyn_buf missing = {0};
        count_text(c->missing, &missing);
        if (c->type == CYN_DECIMAL)
            snprintf(type, sizeof type, "decimal(%d)", c->scale);
        else
            snprintf(type, sizeof type, "%s", cyn_type_name(c->type));
        const char *cells[] = {c->name, type, missing.data ? missing.data : "",
                               c->declared ? "declared"
                               : c->why    ? c->why
                                           : ""};
        cyn_text_table_row(t, cells);
        cyn_buf_clear(&missing);
    }
    cyn_text_table_write(t, cyn_terminal_width(), colour, false, out);
    cyn_text_table_free(t);
}

static void bad_rows(const cyn_load_report *r, size_t most, cyn_buf *out)
{
    for (size_t i = 0; i < r->nbad_rows && i < most; i++) {
        const cyn_bad_row *b = &r->bad_rows[i];
        cyn_buf_printf(out, "  bad row %s:%lld", b->file, (long long)b->line);
        if (b->column > 0) cyn_buf_printf(out, ":%lld", (long long)b->column);
        if (b->field) cyn_buf_printf(out, ": %s", b->field);
        cyn_buf_printf(out, ": %s\n", b->reason);
    }
    if (r->bad > (int64_t)most && most < r->nbad_rows)
        cyn_buf_printf(out,
                       "  … and %lld more; --bad-rows N shows more, --json all that were kept\n",
                       (long long)r->bad - (long long)most);
}

static void text_source(const cyn_session *s, size_t i, size_t most, bool colour, cyn_buf *out)
{
    const cyn_load_report *r = s->data->sources[i].report;
    if (!r) return;
    headline(s, i, out);
    column_table(r, colour, out);
    bad_rows(r, most, out);
    cyn_buf_putc(out, '\n');
}

static bool is_wanted(const cyn_args *args, const char *name)
{
    for (size_t i = 0; i < args->npositional; i++)
        if (strcmp(args->positional[i], name) == 0) return true;
    return args->npositional == 0;
}

static int check_names(const cyn_session *s, const cyn_args *args)
{
    for (size_t i = 0; i < args->npositional; i++) {
        const char *name = args->positional[i];
        if (cyn_project_source(s->project, name) >= 0) continue;
        const char *near =
            cyn_nearest(name, s->project->source_names, s->project->config->nsources);
        if (near)
            return cyn_usage_error(args, "no source is named '%s'; did you mean '%s'?", name, near);
        return cyn_usage_error(args, "no source is named '%s'", name);
    }
    return CYN_EXIT_OK;
}

static int load_sources(cyn_session *s, const cyn_args *args)
{
    bool json = cyn_arg(args, "json") != NULL;
    const char *most_text = cyn_arg(args, "bad-rows");
    char *end = NULL;
    long most = most_text ? strtol(most_text, &end, 10) : 20;
    if (most < 0 || (end && (*end || end == most_text)))
        return cyn_usage_error(args, "--bad-rows %s: expected a number", most_text);
    int exit_code = CYN_EXIT_OK;
    for (size_t i = 0; i < s->project->config->nsources; i++) {
        if (!is_wanted(args, s->project->config->sources[i].name)) continue;
        cyn_err err = {0};
        cyn_buf out = {0};
        cyn_code rc = cyn_dataset_need(s->data, i, &err);
        if (rc == CYN_E_CANCEL) return cyn_fail_exit(&err);
        if (json)
            json_source(s, i, &out);
        else
            text_source(s, i, (size_t)most, cyn_use_colour(args), &out);
        int printed = cyn_print(&out);
        if (printed != CYN_EXIT_OK) exit_code = printed;
        if (rc != CYN_OK) {
            cyn_print_error(&err);
            exit_code = CYN_EXIT_FAILED;
        }
    }
    return exit_code;
}

int cyn_cmd_load(const cyn_args *args)
{
    cyn_session s;
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = check_names(&s, args);
    if (exit_code == CYN_EXIT_OK) exit_code = load_sources(&s, args);
    cyn_session_close(&s);
    return exit_code;
}
