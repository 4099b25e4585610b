/* The points that a run adds, as a table that SQL can read.
 *
 * One INSERT … SELECT adds many rows, and what a statement costs beside its rows, opening the
 * table, its indices and what it refers to, is paid once. The table `given` is known to our
 * connections only, and is empty but for the moment of that statement.
 */
#include "store/values_impl.h"
#include <string.h>

#define ALONE  "period_start, period_end, period, value, value_text, rows, partial, immature"
#define BESIDE ", numerator, numerator_text, denominator, denominator_text, error"

/* As these have them. A number is followed by its digits. */
enum {
    START,
    END,
    LABEL,
    VALUE,
    ROWS = VALUE + 2,
    PARTIAL,
    IMMATURE,
    NUMERATOR,
    DENOMINATOR = NUMERATOR + 2,
    ERROR = DENOMINATOR + 2,
};

/* What the points have in common is bound. */
#define ADD(columns)                                                                               \
    "INSERT INTO value (run, metric, grain, segment, definition, " columns ")"                     \
    " SELECT ?, ?, ?, ?, ?, " columns " FROM given"

const char cyn_store_add_values[] = ADD(ALONE), cyn_store_add_all[] = ADD(ALONE BESIDE);

struct cyn_given {
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
    out->ends[0] = 0;
    for (size_t i = 0; i < 3; i++)
        out->ends[i + 1] = exact_text(&st->text, out->nums[i]);
    if (p->failed) cyn_err_format(p->error, out->error, sizeof out->error);
    return cyn_buf_check(&st->text, err);
}

/* Valid until the next row is made: a row is stored before the next one is asked for. */
static void give_text(sqlite3_context *to, const char *s, size_t n)
{
    sqlite3_result_text64(to, s, n, SQLITE_STATIC, SQLITE_UTF8);
}

/* A missing number is NULL. */
static void give_real(sqlite3_context *to, cyn_num n)
{
    if (!cyn_num_is_missing(n)) sqlite3_result_double(to, cyn_num_double(n));
}

/* Only the exact kinds have any. */
static void give_digits(sqlite3_context *to, const cyn_value_row *row, size_t i, const char *text)
{
    const size_t from = row->ends[i], n = row->ends[i + 1] - from;
    if (n > 0) give_text(to, text + from, n);
}

static void give(sqlite3_context *to, const struct cyn_given *g, const char *text, int column)
{
    const cyn_value_row *row = &g->row;
    const cyn_point *p = row->point;
    switch (column) {
    case START: sqlite3_result_int64(to, p->period.start); break;
    case END: sqlite3_result_int64(to, p->period.end); break;
    case LABEL: give_text(to, row->label, strlen(row->label)); break;
    case ROWS: sqlite3_result_int64(to, p->rows); break;
    case PARTIAL: sqlite3_result_int(to, p->partial); break;
    case IMMATURE: sqlite3_result_int(to, p->immature); break;
    case ERROR:
        if (p->failed) give_text(to, row->error, strlen(row->error));
        break;
    case VALUE: give_real(to, row->nums[0]); break;
    case NUMERATOR: give_real(to, row->nums[1]); break;
    case DENOMINATOR: give_real(to, row->nums[2]); break;
    case VALUE + 1: give_digits(to, row, 0, text); break;
    case NUMERATOR + 1: give_digits(to, row, 1, text); break;
    case DENOMINATOR + 1: give_digits(to, row, 2, text); break;
    default: break;
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
    int rc = sqlite3_declare_vtab(db, "CREATE TABLE given (" ALONE BESIDE ")");
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

/* What all of them have in common. */
static cyn_code bind_common(sqlite3_stmt *q, int64_t run, const cyn_point *p, cyn_err *err)
{
    cyn_buf segment = {0};
    char grain[16];
    cyn_store_segment(p, &segment);
    cyn_format_grain(p->period.grain, grain);
    cyn_code rc = cyn_buf_check(&segment, err);
    sqlite3_bind_int64(q, 1, run);
    sqlite3_bind_text(q, 2, p->metric->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, grain, -1, SQLITE_TRANSIENT);
    if (rc == CYN_OK) sqlite3_bind_text(q, 4, segment.data, (int)segment.len, SQLITE_TRANSIENT);
    sqlite3_bind_text(q, 5, p->metric->definition, -1, SQLITE_STATIC);
    cyn_buf_clear(&segment);
    return rc;
}

/* Most points have neither, and columns that are not named take no time. */
static bool has_more(const cyn_point *p)
{
    return p->failed || !cyn_num_is_missing(p->numerator) || !cyn_num_is_missing(p->denominator);
}

static cyn_store_sql statement_for(const cyn_point *const *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_more(points[i])) return CYN_SQL_ADD_ALL;
    return CYN_SQL_ADD_VALUES;
}

cyn_code cyn_store_insert_points(cyn_store *st, int64_t run, const cyn_point *const *points,
                                 const char *const *labels, size_t n, cyn_err *err)
{
    struct cyn_given g = {.points = points, .labels = labels, .n = n};
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, statement_for(points, n), &q, err));
    CYN_TRY(bind_common(q, run, points[0], err));
    cyn_store_owe_definition(st, points[0]->metric);
    st->given = &g;
    cyn_code rc = cyn_store_finish(st, q, "record a value", err);
    st->given = NULL;
    size_t at = g.at < n ? g.at : n - 1;
    if (rc != CYN_OK) cyn_context(err, "metric '%s', %s", points[at]->metric->name, labels[at]);
    return rc;
}
