#include "rules/case_rows.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- A private folder ---- */

static cyn_code make_folder(cyn_arena *arena, char **out, cyn_err *err)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = cyn_sprintf(arena, "%s/cynosure-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!folder) return cyn_nomem(err);
    if (!mkdtemp(folder)) return cyn_fail_errno(err, "cannot make the folder", folder);
    *out = folder;
    return CYN_OK;
}

static const char *file_name(cyn_arena *arena, size_t i)
{
    return cyn_sprintf(arena, "rows-%zu.csv", i);
}

static void remove_folder(const char *folder, size_t files)
{
    char path[4096];
    for (size_t i = 0; i < files; i++) {
        int n = snprintf(path, sizeof path, "%s/rows-%zu.csv", folder, i);
        if (n > 0 && (size_t)n < sizeof path) unlink(path);
    }
    rmdir(folder);
}

/* ---- The text ---- */

/* A text in a script is indented as the script is: what the header begins with goes from all lines.
 * A last line of blanks, before the closing bracket, goes too. */
static void put_rows(const char *text, FILE *f)
{
    size_t indent = strspn(text, " \t");
    for (const char *line = text; *line;) {
        const char *end = strchrnul(line, '\n');
        bool indented = (size_t)(end - line) >= indent && memcmp(line, text, indent) == 0;
        bool blank = line + strspn(line, " \t\r") >= end;
        if (!blank || *end) {
            if (indented) line += indent;
            fprintf(f, "%.*s\n", (int)(end - line), line);
        }
        line = *end ? end + 1 : end;
    }
}

static cyn_code write_rows(const char *folder, const char *name, const char *text, cyn_arena *arena,
                           cyn_err *err)
{
    const char *path = cyn_sprintf(arena, "%s/%s", folder, name);
    if (!path) return cyn_nomem(err);
    FILE *f = fopen(path, "wbxe");
    if (!f) return cyn_fail_errno(err, "cannot write", path);
    put_rows(text, f);
    bool failed = ferror(f);
    if (fclose(f) != 0 || failed) return cyn_fail_errno(err, "cannot write", path);
    return CYN_OK;
}

/* ---- In place of the sources ---- */

static cyn_code fail_at(const cyn_case_rows *r, cyn_code code, int64_t line, cyn_err *err,
                        const char *message)
{
    bool found = r->place.column > 0 && line > 0; /* the literal is in the script as it is */
    return cyn_fail_at(err, code, r->place.file, r->place.line + (found ? (int)line - 1 : 0), 0,
                       "rows of '%s': %s", r->source, message);
}

static cyn_code unknown_source(const cyn_project *p, const cyn_case_rows *r, cyn_err *err)
{
    fail_at(r, CYN_E_NAME, 0, err, "there is no such source");
    const char *near = cyn_nearest(r->source, p->source_names, p->config->nsources);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

/* The source's spec, but for where its rows are. */
static cyn_code replace(cyn_source_spec *spec, const char *folder, const char *name,
                        cyn_arena *arena, cyn_err *err)
{
    const char **paths = CYN_NEW_ARRAY(arena, 1, const char *);
    if (!paths) return cyn_nomem(err);
    paths[0] = name;
    spec->kind = CYN_SOURCE_CSV;
    spec->base = folder;
    spec->paths = paths;
    spec->npaths = 1;
    spec->delimiter = ',';
    spec->encoding = spec->table = spec->query = NULL;
    spec->bad_limit = -1; /* each is an error, with its own place */
    spec->bad_share = -1;
    return CYN_OK;
}

static cyn_code replace_all(cyn_test_rows *rows, const cyn_case *c, const char *folder,
                            cyn_arena *arena, cyn_err *err)
{
    size_t n = rows->project.config->nsources;
    cyn_source_spec *specs = CYN_NEW_ARRAY(arena, n + 1, cyn_source_spec);
    if (!specs) return cyn_nomem(err);
    if (n) memcpy(specs, rows->project.specs, n * sizeof *specs);
    for (size_t i = 0; i < c->nrows; i++) {
        const char *name = file_name(arena, i);
        int source = cyn_project_source(&rows->project, c->rows[i].source);
        if (!name) return cyn_nomem(err);
        if (source < 0) return unknown_source(&rows->project, &c->rows[i], err);
        CYN_TRY(write_rows(folder, name, c->rows[i].text, arena, err));
        CYN_TRY(replace(&specs[source], folder, name, arena, err));
    }
    rows->project.specs = specs;
    return CYN_OK;
}

/* ---- Loading ---- */

static cyn_code load(cyn_test_rows *rows, const cyn_case_rows *r, cyn_err *err)
{
    cyn_err why = {0};
    size_t source = (size_t)cyn_project_source(&rows->project, r->source);
    if (cyn_dataset_need(rows->data, source, &why) != CYN_OK) {
        if (cyn_concerns_all(why.code)) {
            if (err) *err = why;
            return why.code;
        }
        fail_at(r, why.code, why.line, err, why.message);
        cyn_hint(err, "%s", why.hint);
        return why.code;
    }
    const cyn_load_report *report = rows->data->sources[source].report;
    if (report->bad > 0) {
        const cyn_bad_row *bad = report->nbad_rows ? &report->bad_rows[0] : NULL;
        return fail_at(r, CYN_E_DATA, bad ? bad->line : 0, err,
                       bad ? bad->reason : "a row cannot be read");
    }
    if (report->has_time && report->first_time < rows->first) rows->first = report->first_time;
    return CYN_OK;
}

static void no_progress(void *self, const char *source, int64_t done, int64_t total)
{
    (void)self, (void)source, (void)done, (void)total;
}

static cyn_code load_all(cyn_test_rows *rows, const cyn_case *c, cyn_err *err)
{
    CYN_TRY(cyn_dataset_new(&rows->project, &rows->progress, &rows->data, err));
    for (size_t i = 0; i < c->nrows; i++)
        CYN_TRY(load(rows, &c->rows[i], err));
    return CYN_OK;
}

cyn_code cyn_test_rows_open(const cyn_project *p, const cyn_case *c, const atomic_bool *cancel,
                            cyn_arena *arena, cyn_test_rows **out, cyn_err *err)
{
    char *folder = NULL;
    cyn_test_rows *rows = CYN_NEW(arena, cyn_test_rows);
    if (!rows) return cyn_nomem(err);
    rows->project = *p;
    rows->first = CYN_TIME_MAX;
    rows->progress = (cyn_progress){.update = no_progress, .cancel = cancel};
    if (c->nrows > 0) CYN_TRY(make_folder(arena, &folder, err));
    cyn_code rc = replace_all(rows, c, folder, arena, err);
    if (rc == CYN_OK) rc = load_all(rows, c, err);
    if (folder) remove_folder(folder, c->nrows); /* what was read is in memory */
    if (rc == CYN_OK)
        *out = rows;
    else
        cyn_test_rows_close(rows);
    return rc;
}

void cyn_test_rows_close(cyn_test_rows *rows)
{
    if (rows) cyn_dataset_free(rows->data);
}
