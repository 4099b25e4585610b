#include "rules/backtest_known.h"
#include "base/text.h"
#include "rules/backtest.h"
#include "source/reader.h"
#include <string.h>
#include <sys/stat.h>

/* What a column is; from there on, a dimension of the rule. */
enum { FIELD_FROM, FIELD_TO, FIELD_NAME, FIELD_DIMENSION };

typedef struct reading {
    const char *path;
    const cyn_rule *rule;
    const cyn_calendar *calendar;
    cyn_arena *arena;
    cyn_schema schema;
    size_t *fields; /* [column] */
    cyn_known_incident *items;
    size_t count, capacity;
} reading;

/* ---- the header ---- */

static cyn_code fail_column(const reading *r, const char *name, const char *const *names, size_t n,
                            cyn_err *err)
{
    const char *near = cyn_nearest(name, names, n);
    cyn_fail_at(err, CYN_E_NAME, r->path, 1, 0,
                "column '%s' is neither from, to or name nor a dimension of rule '%s'", name,
                r->rule->name);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

static cyn_code read_header(reading *r, cyn_err *err)
{
    size_t n = FIELD_DIMENSION + r->rule->nby;
    const char **names = CYN_NEW_ARRAY(r->arena, n, const char *);
    bool has_from = false;
    r->fields = CYN_NEW_ARRAY(r->arena, r->schema.count + 1, size_t);
    if (!names || !r->fields) return cyn_nomem(err);
    names[FIELD_FROM] = "from";
    names[FIELD_TO] = "to";
    names[FIELD_NAME] = "name";
    for (size_t i = 0; i < r->rule->nby; i++)
        names[FIELD_DIMENSION + i] = r->rule->by[i];
    for (uint32_t c = 0; c < r->schema.count; c++) {
        size_t k = 0;
        while (k < n && strcmp(r->schema.fields[c].name, names[k]) != 0)
            k++;
        if (k == n) return fail_column(r, r->schema.fields[c].name, names, n, err);
        r->fields[c] = k;
        has_from |= k == FIELD_FROM;
    }
    if (has_from) return CYN_OK;
    return cyn_fail_at(err, CYN_E_NAME, r->path, 1, 0,
                       "there is no column 'from', expected from,to and perhaps name and "
                       "dimensions");
}

/* ---- rows ---- */

static cyn_code fail_row(const reading *r, const cyn_source_row *row, size_t at, const char *why,
                         cyn_err *err)
{
    int64_t line, column;
    cyn_row_place(row, at, &line, &column);
    return cyn_fail_at(err, CYN_E_SYNTAX, r->path, (int)line, (int)column, "%s", why);
}

static cyn_code read_time(const reading *r, const cyn_source_row *row, const cyn_source_cell *cell,
                          int64_t *from, int64_t *to, cyn_err *err)
{
    cyn_err why = {0};
    const char *text = cyn_strndup(r->arena, cell->s, cell->n);
    if (!text) return cyn_nomem(err);
    if (cyn_parse_stretch(r->calendar, text, from, to, &why) == CYN_OK) return CYN_OK;
    return fail_row(r, row, cell->at, why.message, err);
}

static cyn_code add_label(const reading *r, cyn_known_incident *it, const char *name,
                          const cyn_source_cell *cell, cyn_err *err)
{
    cyn_alert_label *labels = CYN_NEW_ARRAY(r->arena, it->nlabels + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    if (it->nlabels) memcpy(labels, it->labels, it->nlabels * sizeof *labels);
    labels[it->nlabels] = (cyn_alert_label){name, cyn_strndup(r->arena, cell->s, cell->n)};
    if (!labels[it->nlabels].value) return cyn_nomem(err);
    it->labels = labels;
    it->nlabels++;
    return CYN_OK;
}

static cyn_code read_cells(const reading *r, const cyn_source_row *row, cyn_known_incident *it,
                           bool given[2], cyn_err *err)
{
    int64_t unused, end = 0;
    for (size_t i = 0; i < row->ncells; i++) {
        const cyn_source_cell *cell = &row->cells[i];
        switch (r->fields[cell->field]) {
        case FIELD_FROM: CYN_TRY(read_time(r, row, cell, &it->from, &end, err)); break;
        case FIELD_TO: CYN_TRY(read_time(r, row, cell, &unused, &it->to, err)); break;
        case FIELD_NAME:
            it->name = cyn_strndup(r->arena, cell->s, cell->n);
            if (!it->name) return cyn_nomem(err);
            break;
        default:
            CYN_TRY(
                add_label(r, it, r->rule->by[r->fields[cell->field] - FIELD_DIMENSION], cell, err));
        }
        if (r->fields[cell->field] <= FIELD_TO) given[r->fields[cell->field]] = true;
    }
    if (!given[FIELD_TO]) it->to = end;
    return CYN_OK;
}

static cyn_code read_row(reading *r, const cyn_source_row *row, cyn_err *err)
{
    cyn_known_incident it = {0};
    bool given[2] = {false, false};
    if (row->bad) return fail_row(r, row, row->bad_at, row->bad, err);
    CYN_TRY(read_cells(r, row, &it, given, err));
    if (!given[FIELD_FROM]) return fail_row(r, row, 0, "the incident has no 'from'", err);
    if (it.to < it.from) return fail_row(r, row, 0, "the incident ends before it begins", err);
    cyn_known_incident *more = cyn_grown(r->arena, r->items, r->count, &r->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    r->items = more;
    r->items[r->count++] = it;
    return CYN_OK;
}

static cyn_code read_rows(reading *r, cyn_reader *reader, cyn_err *err)
{
    for (;;) {
        cyn_source_row row;
        bool more;
        CYN_TRY(reader->next(reader, &row, &more, err));
        if (!more) return CYN_OK;
        CYN_TRY(read_row(r, &row, err));
    }
}

cyn_code cyn_known_incidents_read(const char *path, const cyn_rule *rule, const cyn_calendar *cal,
                                  cyn_arena *arena, const cyn_known_incident **out, size_t *n,
                                  cyn_err *err)
{
    reading r = {.path = path, .rule = rule, .calendar = cal, .arena = arena};
    cyn_source_spec spec = {.name = path, .kind = CYN_SOURCE_CSV, .tz = cal->tz, .bad_limit = -1};
    cyn_source_file file = {.spec = &spec, .path = path, .shown = path};
    cyn_reader *reader = NULL;
    struct stat info;
    if (stat(path, &info) != 0) return cyn_fail_errno(err, "cannot read", path);
    file.bytes = info.st_size;
    cyn_schema_init(&r.schema, arena);
    CYN_TRY(cyn_reader_open(&file, &r.schema, &reader, err));
    cyn_code rc = read_header(&r, err);
    if (rc == CYN_OK) rc = read_rows(&r, reader, err);
    cyn_reader_close(reader);
    if (rc != CYN_OK) return rc;
    *out = r.items;
    *n = r.count;
    return CYN_OK;
}
