#include "app/check_report.h"
#include "app/commands.h"
#include "base/text.h"
#include "check/check.h"
#include <string.h>

typedef enum form { TABLE, JSON, SARIF } form;
static const char *const forms[] = {"table", "json", "sarif"};

static int find_form(const cyn_args *args, form *out)
{
    const char *word = cyn_arg(args, "format");
    *out = cyn_arg(args, "json") ? JSON : TABLE;
    if (!word) return CYN_EXIT_OK;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(word, forms[i]) == 0) {
            *out = (form)i;
            return CYN_EXIT_OK;
        }
    const char *near = cyn_nearest(word, forms, sizeof forms / sizeof *forms);
    return cyn_usage_error(args, "--format %s: expected table, json or sarif%s%s%s", word,
                           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void write_report(const cyn_check_report *r, form f, cyn_buf *out)
{
    switch (f) {
    case TABLE: cyn_put_check_text(r, out); break;
    case JSON: cyn_put_check_json(r, out); break;
    case SARIF: cyn_put_check_sarif(r, out); break;
    }
}

static bool has_failed(const cyn_args *args, const cyn_remarks *found)
{
    return cyn_remarks_count(found, CYN_LINT_ERROR) > 0 ||
           (cyn_arg(args, "strict") && cyn_remarks_count(found, CYN_LINT_WARNING) > 0);
}

static int report(const cyn_args *args, const cyn_session *s, int opened, form f,
                  const cyn_remarks *found)
{
    cyn_buf out = {0};
    cyn_check_report r = {.project = opened == CYN_EXIT_OK ? s->project : NULL,
                          .found = found,
                          .silenced = cyn_arg(args, "silenced") != NULL,
                          .colour = cyn_use_colour(args)};
    write_report(&r, f, &out);
    int printed = cyn_print(&out);
    if (opened != CYN_EXIT_OK) return opened;
    return has_failed(args, found) ? CYN_EXIT_FAILED : printed;
}

static int list_lints(const cyn_args *args, form f)
{
    cyn_buf out = {0};
    if (f == SARIF) return cyn_usage_error(args, "--list is a table or json");
    cyn_put_check_list(f == JSON, cyn_use_colour(args), &out);
    return cyn_print(&out);
}

int cyn_cmd_check(const cyn_args *args)
{
    form f;
    int rc = find_form(args, &f);
    if (rc != CYN_EXIT_OK) return rc;
    if (cyn_arg(args, "list")) return list_lints(args, f);
    cyn_session s;
    int opened = cyn_session_open_with_tests(&s, args, true);
    if (!s.arena) return opened;
    cyn_err err = {0};
    cyn_remarks found;
    cyn_remarks_init(&found, s.arena);
    cyn_check_opened(opened == CYN_EXIT_OK ? s.project : NULL, &s.findings, &found);
    cyn_code code = CYN_OK;
    if (opened == CYN_EXIT_OK)
        code = cyn_check(s.project, s.data, !cyn_arg(args, "no-data"), &found, &err);
    else
        cyn_remarks_sort(&found);
    if (code == CYN_OK && found.failed) code = cyn_nomem(&err);
    rc = code == CYN_OK ? report(args, &s, opened, f, &found) : cyn_fail_exit(&err);
    cyn_session_close(&s);
    return rc;
}
