/* The points that a run adds, as a table that SQL can read.
 *
 * One INSERT … SELECT adds many rows, and what a statement costs beside its rows, opening the
 * table, its indices and what it refers to, is paid once. The table `given` is known to our
 * connections only, and is empty but for the moment of that statement.
 */
#include "store/values_impl.h"
#include <string.h>

#define COLUMNS                                                                                    \
    "run, metric, grain, segment, period_start, period_end, period, definition, value,"            \
    " value_text, numerator, numerator_text, denominator, denominator_text, rows, partial,"        \
    " immature, error"

/* As COLUMNS has them; NUMS are three numbers, each with its digits. */
enum {
    RUN,
    METRIC,
    GRAIN,
    SEGMENT,
    START,
    END,
    LABEL,
    DEFINITION,
    NUMS,
    ROWS = NUMS + 6,
    PARTIAL,
    IMMATURE,
    ERROR,
};

const char cyn_store_add_values[] = "INSERT INTO value (" COLUMNS ") SELECT " COLUMNS " FROM given";

struct cyn_given {
    int64_t run;
    const cyn_point *const *points;
    const char *const *labels;
    size_t n, at;
    cyn_value_row row; /* of the point `at` */
};

/* ---- a point as a row ---- */

/* Appends the digits of an exact number; returns where they end. */
static size_t exact_text(cyn_buf *b, cyn_num n)
{
    if (n.kind == CYN_NUM_INTEGER || n.kind == CYN_NUM_DECIMAL) cyn_buf_num(b, n);
    return b->len;
}

cyn_code cyn_value_row_of(cyn_store *st, const cyn_point *p, const char *label, cyn_value_row *out,
                          cyn_err *err)
{
    out->point = p;
    out->label = label;
    out->nums[0] = p->failed ? CYN_MISSING : p->value;
    out->nums[1] = p->numerator;
    out->nums[2] = p->denominator;
    cyn_buf_reset(&st->text);
    cyn_store_segment(p, &st->text);
    out->ends[0] = st->text.len;
    for (size_t i = 0; i < 3; i++)
        out->ends[i + 1] = exact_text(&st->text, out->nums[i]);
    cyn_format_grain(p->period.grain, out->grain);
    if (p->failed) cyn_err_format(p->error, out->error, sizeof out->error);
    return cyn_buf_check(&st->text, err);
}

/* Valid until the next row is made: a row is stored before the next one is asked for. */
static void give_text(sqlite3_context *to, const char *s, size_t n)
{
    sqlite3_result_text64(to, s, n, SQLITE_STATIC, SQLITE_UTF8);
}

/* As REAL, and of the exact kinds the digits; both NULL when missing. */
static void give_num(sqlite3_context *to, const cyn_value_row *row, size_t i, bool digits,
                     const char *text)
{
    const size_t from = row->ends[i], n = row->ends[i + 1] - from;
    if (cyn_num_is_missing(row->nums[i])) return;
    if (!digits)
        sqlite3_result_double(to, cyn_num_double(row->nums[i]));
    else if (n > 0)
        give_text(to, text + from, n);
}

static void give(sqlite3_context *to, const struct cyn_given *g, const char *text, int column)
{
    const cyn_value_row *row = &g->row;
    const cyn_point *p = row->point;
    switch (column) {
    case RUN: sqlite3_result_int64(to, g->run); break;
    case METRIC: give_text(to, p->metric->name, strlen(p->metric->name)); break;
    case GRAIN: give_text(to, row->grain, strlen(row->grain)); break;
    case SEGMENT: give_text(to, text, row->ends[0]); break;
    case START: sqlite3_result_int64(to, p->period.start); break;
    case END: sqlite3_result_int64(to, p->period.end); break;
    case LABEL: give_text(to, row->label, strlen(row->label)); break;
    case DEFINITION: give_text(to, p->metric->definition, strlen(p->metric->definition)); break;
    case ROWS: sqlite3_result_int64(to, p->rows); break;
    case PARTIAL: sqlite3_result_int(to, p->partial); break;
    case IMMATURE: sqlite3_result_int(to, p->immature); break;
    case ERROR:
        if (p->failed) give_text(to, row->error, strlen(row->error));
        break;
    default: give_num(to, row, (size_t)(column - NUMS) / 2, (column - NUMS) % 2 != 0, text);
    }
}

/* ---- the table ---- */

typedef struct table {
    sqlite3_vtab base;
    cyn_store *st;
} table;

static struct cyn_given *given_to(sqlite3_vtab_cursor *c)
{
    return ((table *)c->pVtab)->st->given;
}

static int connect(sqlite3 *db, void *store, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **message)
{
    (void)argc, (void)argv, (void)message;
    int rc = sqlite3_declare_vtab(db, "CREATE TABLE given (" COLUMNS ")");
    if (rc != SQLITE_OK) return rc;
    table *t = sqlite3_malloc64(sizeof *t);
    if (!t) return SQLITE_NOMEM;
    *t = (table){.st = store};
    *out = &t->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *t)
{
    sqlite3_free(t);
    return SQLITE_OK;
}

/* There is one way to read it: from the first row to the last. */
static int plan(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t, (void)info;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
    (void)t;
    *out = sqlite3_malloc64(sizeof **out);
    if (!*out) return SQLITE_NOMEM;
    **out = (sqlite3_vtab_cursor){0};
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *c)
{
    sqlite3_free(c);
    return SQLITE_OK;
}

static int meet(sqlite3_vtab_cursor *c, size_t at)
{
    struct cyn_given *g = given_to(c);
    if (!g) return SQLITE_OK;
    g->at = at;
    if (at == g->n) return SQLITE_OK;
    cyn_code rc =
        cyn_value_row_of(((table *)c->pVtab)->st, g->points[at], g->labels[at], &g->row, NULL);
    return rc == CYN_OK ? SQLITE_OK : SQLITE_NOMEM;
}

static int first(sqlite3_vtab_cursor *c, int way, const char *name, int argc, sqlite3_value **argv)
{
    (void)way, (void)name, (void)argc, (void)argv;
    return meet(c, 0);
}

static int next(sqlite3_vtab_cursor *c)
{
    return meet(c, given_to(c)->at + 1);
}

static int at_end(sqlite3_vtab_cursor *c)
{
    const struct cyn_given *g = given_to(c);
    return !g || g->at == g->n;
}

static int column(sqlite3_vtab_cursor *c, sqlite3_context *to, int i)
{
    give(to, given_to(c), ((table *)c->pVtab)->st->text.data, i);
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *c, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)given_to(c)->at;
    return SQLITE_OK;
}

cyn_code cyn_store_know_given(cyn_store *st, cyn_err *err)
{
    static const sqlite3_module module = {
        .xConnect = connect,
        .xDisconnect = disconnect,
        .xBestIndex = plan,
        .xOpen = open_cursor,
        .xClose = close_cursor,
        .xFilter = first,
        .xNext = next,
        .xEof = at_end,
        .xColumn = column,
        .xRowid = row_id,
    };
    if (sqlite3_create_module(st->db, "given", &module, st) == SQLITE_OK) return CYN_OK;
    return cyn_store_fail(st->db, st->path, "open", err);
}

cyn_code cyn_store_insert_points(cyn_store *st, int64_t run, const cyn_point *const *points,
                                 const char *const *labels, size_t n, cyn_err *err)
{
    struct cyn_given g = {.run = run, .points = points, .labels = labels, .n = n};
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_ADD_VALUES, &q, err));
    st->given = &g;
    cyn_code rc = cyn_store_finish(st, q, "record a value", err);
    st->given = NULL;
    size_t at = g.at < n ? g.at : n - 1;
    if (rc != CYN_OK) cyn_context(err, "metric '%s', %s", points[at]->metric->name, labels[at]);
    return rc;
}
