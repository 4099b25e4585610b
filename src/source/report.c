#include "source/load_impl.h"
#include "source/text.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 200, WHY_SIZE = 400 };

cyn_code cyn_report_start(cyn_reporter *r, const cyn_source_spec *spec, cyn_arena *arena,
                          cyn_err *err)
{
    *r = (cyn_reporter){.arena = arena, .report = CYN_NEW(arena, cyn_load_report)};
    if (!r->report) return cyn_nomem(err);
    r->report->source = cyn_strdup(arena, spec->name);
    return r->report->source ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_report_files(cyn_reporter *r, const cyn_source_file *files, size_t count, cyn_err *err)
{
    r->files = CYN_NEW_ARRAY(r->arena, count, cyn_load_file);
    if (!r->files) return cyn_nomem(err);
    r->report->files = r->files;
    for (size_t i = 0; i < count; i++) {
        r->files[i].path = cyn_strdup(r->arena, files[i].shown);
        r->files[i].bytes = files[i].bytes;
        if (!r->files[i].path) return cyn_nomem(err);
        r->report->nfiles++;
    }
    return CYN_OK;
}

void cyn_report_delimiter(cyn_reporter *r, char delimiter)
{
    const char text[] = {delimiter, '\0'};
    r->report->delimiter = delimiter ? cyn_strdup(r->arena, text) : NULL;
}

void cyn_report_again(cyn_reporter *r)
{
    r->report->rows = r->report->bad = 0;
    r->report->nbad_rows = 0;
    for (size_t i = 0; i < r->report->nfiles; i++)
        r->files[i].rows = r->files[i].bad = 0;
}

/* At most TEXT_MAX bytes of valid UTF-8; a byte that is not becomes '?'. */
static const char *row_text(cyn_reporter *r, const cyn_source_row *row)
{
    if (!row->text) return "";
    size_t n = cyn_utf8_cut(row->text, row->length, TEXT_MAX);
    char *text = cyn_strndup(r->arena, row->text, n);
    for (size_t at = 0; text && (at += cyn_check_text(text + at, n - at)) < n;)
        text[at] = '?';
    return text;
}

static cyn_bad_row *add_bad(cyn_reporter *r)
{
    size_t count = r->report->nbad_rows;
    if (count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 4 : 16;
        cyn_bad_row *bad = CYN_NEW_ARRAY(r->arena, capacity, cyn_bad_row);
        if (!bad) return NULL;
        if (count) memcpy(bad, r->bad, count * sizeof *bad);
        r->report->bad_rows = r->bad = bad;
        r->capacity = capacity;
    }
    return &r->bad[count];
}

cyn_code cyn_report_bad(cyn_reporter *r, size_t file, const cyn_source_row *row, size_t at,
                        const char *field, const char *reason, cyn_err *err)
{
    r->report->bad++;
    r->files[file].bad++;
    if (r->report->nbad_rows == CYN_BAD_ROWS_KEPT) return CYN_OK;
    cyn_bad_row *bad = add_bad(r);
    if (!bad) return cyn_nomem(err);
    *bad = (cyn_bad_row){.file = r->files[file].path};
    cyn_row_place(row, at, &bad->line, &bad->column);
    bad->field = cyn_strdup(r->arena, field);
    bad->reason = cyn_strdup(r->arena, reason);
    bad->text = row_text(r, row);
    if ((field && !bad->field) || !bad->reason || !bad->text) return cyn_nomem(err);
    r->report->nbad_rows++;
    return CYN_OK;
}

/* "visits.csv:12: column 'amount': not a decimal: 'abc'" */
static int print_bad(char *out, size_t size, const cyn_bad_row *b)
{
    return snprintf(out, size, "%s:%lld: %s%s%s%s", b->file, (long long)b->line,
                    b->field ? "column '" : "", b->field ? b->field : "", b->field ? "': " : "",
                    b->reason);
}

static cyn_code too_many(const cyn_reporter *r, const char *limit, cyn_err *err)
{
    char bad[32], all[32], list[400] = "";
    size_t n = 0, shown = r->report->nbad_rows < 3 ? r->report->nbad_rows : 3;
    cyn_format_count(r->report->bad, bad, sizeof bad);
    cyn_format_count(r->report->bad + r->report->rows, all, sizeof all);
    for (size_t i = 0; i < shown && n + 1 < sizeof list; i++) {
        if (i > 0) n += (size_t)snprintf(list + n, sizeof list - n, "; ");
        if (n < sizeof list)
            n += (size_t)print_bad(list + n, sizeof list - n, &r->report->bad_rows[i]);
    }
    list[cyn_utf8_cut(list, strlen(list), sizeof list - 8)] = '\0';
    cyn_fail(err, CYN_E_DATA, "%s of %s rows %s bad%s: %s", bad, all,
             r->report->bad == 1 ? "is" : "are", limit, list);
    cyn_hint(err, "'cynosure load' lists the bad rows; 'bad_rows' says how many are accepted");
    return CYN_E_DATA;
}

cyn_code cyn_report_limits(cyn_reporter *r, const cyn_source_spec *spec, cyn_err *err)
{
    int64_t bad = r->report->bad, all = bad + r->report->rows;
    char limit[80];
    if (bad == 0) return CYN_OK;
    if (spec->bad_limit >= 0 && bad > spec->bad_limit) {
        snprintf(limit, sizeof limit, ", expected at most %lld", (long long)spec->bad_limit);
        return too_many(r, limit, err);
    }
    if (spec->bad_share >= 0 && (double)bad > spec->bad_share * (double)all) {
        snprintf(limit, sizeof limit, ", expected at most %g%%", spec->bad_share * 100);
        return too_many(r, limit, err);
    }
    return bad == all ? too_many(r, "", err) : CYN_OK;
}

static int64_t count_missing(const cyn_column *c, size_t rows)
{
    enum { WORD_BITS = 64 };
    size_t there = 0, words = rows / WORD_BITS, rest = rows % WORD_BITS;
    if (!c->valid) return 0;
    for (size_t i = 0; i < words; i++)
        there += (size_t)__builtin_popcountll(c->valid[i]);
    if (rest > 0) there += (size_t)__builtin_popcountll(c->valid[words] << (WORD_BITS - rest));
    return (int64_t)(rows - there);
}

static void find_times(cyn_load_report *report, const cyn_source_spec *spec, const cyn_column *c,
                       size_t rows)
{
    int64_t first, last;
    report->has_time = cyn_column_known_range(c, 0, rows, &first, &last);
    if (!report->has_time) return;
    bool date = c->type == CYN_DATE;
    report->first_time = date ? cyn_tz_midnight(spec->tz, first) : first;
    report->last_time = date ? cyn_tz_midnight(spec->tz, last) : last;
}

static bool describe(cyn_reporter *r, const cyn_source_column *c, cyn_load_column *out)
{
    char why[WHY_SIZE];
    *out = (cyn_load_column){
        .name = cyn_strdup(r->arena, c->name),
        .from = cyn_strdup(r->arena, c->from),
        .type = c->how.type,
        .scale = c->how.scale,
        .declared = c->decl && c->decl->has_type,
        .unread = !c->read,
        .facts = {.values = c->guess.values,
                  .blobs = c->guess.blobs,
                  .whole = c->guess.nwhole,
                  .fraction = c->guess.nfraction,
                  .can = c->guess.can},
    };
    if (!c->read) {
        out->why = "not read";
    } else if (!out->declared) {
        cyn_guess_why(&c->guess, why, sizeof why);
        out->why = cyn_strdup(r->arena, why);
    }
    return out->name && out->from && (out->declared || out->why);
}

cyn_load_report *cyn_report_finish(cyn_reporter *r, const cyn_source_spec *spec,
                                   const cyn_columns *columns, const cyn_table *table,
                                   int64_t microseconds)
{
    cyn_load_report *report = r->report;
    size_t count = columns->count + columns->nunread;
    cyn_load_column *list = CYN_NEW_ARRAY(r->arena, count + 1, cyn_load_column);
    if (!list) return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!describe(r, &columns->items[i], &list[i])) return NULL;
        if (!table || i >= columns->count) continue;
        list[i].missing = count_missing(cyn_table_column(table, i), cyn_table_rows(table));
        if (!spec->time || strcmp(spec->time, list[i].name) != 0) continue;
        report->without_time = list[i].missing;
        find_times(report, spec, cyn_table_column(table, i), cyn_table_rows(table));
    }
    report->columns = list;
    report->ncolumns = count;
    report->microseconds = microseconds;
    return report;
}
