/* An expression over all rows, as a column. */
#include "column/assemble.h"
#include "exec/expr_impl.h"
#include "exec/parallel.h"
#include <math.h>

/* Rows are shared out in pieces, so that no two threads meet in a word of validity bits. */
#define WORD_ROWS  64
#define PIECE_ROWS ((CYN_SHARE_ROWS + WORD_ROWS - 1) / WORD_ROWS * WORD_ROWS)

/* What one thread has. */
typedef struct hand {
    cyn_program program;
    uint32_t vector; /* the same number for all */
    unsigned seen;   /* kinds of values */
    cyn_code code;
    cyn_err err;
} hand;

typedef struct column_run {
    const cyn_expr *expr;
    const cyn_table *table;
    const atomic_bool *cancel;
    cyn_arena *arena;
    hand *hands;
    size_t nhands, rows;
    atomic_bool failed; /* the others may stop */
    void *values;       /* [row], as the vector has them */
    uint8_t *kind;      /* [row] of a MIXED one, else NULL */
    uint64_t *valid;
    uint32_t *by; /* [piece]: whose codes its texts have */
} column_run;

static const cyn_vector *vector_of(const hand *h)
{
    return &h->program.vectors.at[h->vector];
}

static size_t cell_size(cyn_shape shape)
{
    return shape == CYN_SHAPE_BOOLEAN ? sizeof(uint8_t)
           : shape == CYN_SHAPE_TEXT  ? sizeof(uint32_t)
                                      : sizeof(uint64_t);
}

/* ---- a batch ---- */

/* A float that is no finite number is missing (E-6, M-3). */
static bool is_known(const cyn_vector *x, size_t i, unsigned *seen)
{
    uint8_t kind = x->shape == CYN_SHAPE_MIXED ? x->kind[i] : (uint8_t)x->shape;
    if (kind == CYN_DATUM_NIL || (x->lack && x->lack[i] == CYN_LACK_NIL)) return false;
    if (kind == CYN_DATUM_REAL && !isfinite(x->v.f64[i])) return false;
    *seen |= 1U << kind;
    return true;
}

static void copy_batch(column_run *r, const cyn_vector *x, size_t first, size_t n, unsigned *seen)
{
    size_t size = cell_size(x->shape);
    char *to = (char *)r->values + first * size;
    memcpy(to, x->v.values, n * size);
    for (size_t i = 0; i < n; i++) {
        bool known = is_known(x, i, seen);
        r->valid[(first + i) / WORD_ROWS] |= (uint64_t)known << (first + i) % WORD_ROWS;
        if (!known) memset(to + i * size, 0, size);
        if (r->kind) r->kind[first + i] = x->kind[i];
    }
}

static cyn_code run_piece(column_run *r, hand *h, size_t first, size_t end)
{
    const cyn_vector *x = vector_of(h);
    for (; first < end; first += CYN_BATCH) {
        size_t n = end - first < CYN_BATCH ? end - first : CYN_BATCH;
        if (r->cancel && atomic_load_explicit(r->cancel, memory_order_relaxed))
            return cyn_fail(&h->err, CYN_E_CANCEL, "cancelled");
        CYN_TRY(cyn_program_eval(&h->program, first, n, &h->err));
        if (cyn_vector_escapes(x, n)) return cyn_program_escape(r->expr, &h->err);
        copy_batch(r, x, first, n, &h->seen);
    }
    return CYN_OK;
}

static void take_piece(void *self, size_t worker, size_t piece)
{
    column_run *r = self;
    hand *h = &r->hands[worker];
    size_t first = piece * PIECE_ROWS;
    size_t end = r->rows - first < PIECE_ROWS ? r->rows : first + PIECE_ROWS;
    if (atomic_load_explicit(&r->failed, memory_order_relaxed)) return;
    r->by[piece] = (uint32_t)worker;
    h->code = run_piece(r, h, first, end);
    if (h->code != CYN_OK) atomic_store(&r->failed, true);
}

/* ---- the column ---- */

static cyn_code settle_type(const cyn_expr *e, unsigned seen, cyn_type *out, cyn_err *err)
{
    bool number = seen & CYN_KIND_NUMBER, text = seen & CYN_KIND_TEXT,
         boolean = seen & CYN_KIND_BOOLEAN;
    if (boolean + number + text > 1)
        return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                           "'%s' gives %s for some rows and %s for others; expected one type",
                           e->text ? e->text : "the expression", text ? "a text" : "a number",
                           boolean ? "true or false" : "a number");
    *out = text                      ? CYN_TEXT
           : seen & CYN_KIND_REAL    ? CYN_REAL
           : seen & CYN_KIND_INTEGER ? CYN_INTEGER
                                     : CYN_BOOLEAN;
    return CYN_OK;
}

/* Values of several kinds turned out to be one type: brings them into its form, in place, which is
 * at most as wide. */
static void unmix(const column_run *r, cyn_type type)
{
    char *values = r->values;
    for (size_t i = 0; i < r->rows; i++) {
        uint64_t bits;
        memcpy(&bits, values + i * sizeof bits, sizeof bits);
        uint32_t code = (uint32_t)bits;
        double real = (double)(int64_t)bits;
        if (type == CYN_BOOLEAN) {
            values[i] = (char)bits;
        } else if (type == CYN_TEXT) {
            memcpy(values + i * sizeof code, &code, sizeof code);
        } else if (type == CYN_REAL && r->kind[i] == CYN_DATUM_INTEGER) {
            memcpy(values + i * sizeof real, &real, sizeof real);
        }
    }
}

static bool all_known(const column_run *r)
{
    uint64_t all = ~UINT64_C(0);
    size_t words = r->rows / WORD_ROWS, left = r->rows % WORD_ROWS;
    for (size_t i = 0; i < words; i++)
        all &= r->valid[i];
    return all == ~UINT64_C(0) && (!left || r->valid[words] == (UINT64_C(1) << left) - 1);
}

/* Each thread has numbered the texts that it made. The column numbers them as they appear. */
static cyn_code renumber(const column_run *r, cyn_builder *b, cyn_err *err)
{
    uint32_t **number = CYN_NEW_ARRAY(r->arena, r->nhands, uint32_t *); /* + 1; 0: none yet */
    uint32_t *code = r->values;
    if (!number) return cyn_nomem(err);
    for (size_t i = 0; i < r->nhands; i++) {
        number[i] = CYN_NEW_ARRAY(r->arena, r->hands[i].program.vectors.pool.count + 1, uint32_t);
        if (!number[i]) return cyn_nomem(err);
    }
    for (size_t row = 0; row < r->rows; row++) {
        uint32_t by = r->by[row / PIECE_ROWS], *known = &number[by][code[row]];
        if (!(r->valid[row / WORD_ROWS] >> row % WORD_ROWS & 1)) continue;
        if (*known == 0) {
            const cyn_intern *pool = &r->hands[by].program.vectors.pool;
            uint64_t at = pool->offset[code[row]], end = pool->offset[code[row] + 1];
            const char *s = pool->heap ? pool->heap + at : "";
            if (!cyn_builder_code(b, 0, s, (size_t)(end - at), known)) return cyn_nomem(err);
            ++*known;
        }
        code[row] = *known - 1;
    }
    return cyn_builder_append(b, &(cyn_builder_values){r->values, r->valid}, 0, r->rows, err);
}

static cyn_code make_texts(const column_run *r, const cyn_column_spec *spec, cyn_table **out,
                           cyn_err *err)
{
    cyn_builder *b;
    CYN_TRY(cyn_builder_new(spec, 1, &b, err));
    cyn_code rc = renumber(r, b, err);
    if (rc == CYN_OK) return cyn_builder_finish(b, out, err);
    cyn_builder_free(b);
    return rc;
}

static cyn_code make_table(column_run *r, const char *name, cyn_table **out, cyn_err *err)
{
    const cyn_vector *x = vector_of(&r->hands[0]);
    cyn_column_spec spec = {.name = name};
    unsigned seen = 0;
    for (size_t i = 0; i < r->nhands; i++)
        seen |= r->hands[i].seen;
    CYN_TRY(settle_type(r->expr, seen, &spec.type, err));
    if (r->kind) unmix(r, spec.type);
    bool made = spec.type == CYN_TEXT && !x->dict;
    if (made) return make_texts(r, &spec, out, err);
    cyn_column_arrays a = {.values = r->values, .valid = r->valid, .dict = x->dict};
    if (all_known(r)) a.valid = NULL;
    CYN_TRY(cyn_table_assemble(&spec, &a, 1, r->rows, r->table, out, err));
    r->values = NULL; /* the table's now */
    if (a.valid) r->valid = NULL;
    return CYN_OK;
}

/* ---- all of it ---- */

static cyn_code bind_hand(hand *h, const cyn_expr *e, const cyn_table *t, const cyn_tz *tz,
                          cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0); /* its own: it grows while others run */
    if (!arena) return cyn_nomem(err);
    h->program = (cyn_program){.table = t, .source = "", .tz = tz, .arena = arena};
    CYN_TRY(cyn_program_bind(&h->program, e, &h->vector, err));
    return cyn_vectors_keep(&h->program.vectors, h->vector, err);
}

static void clear_hand(hand *h)
{
    cyn_program_clear(&h->program);
    cyn_arena_free(h->program.arena);
}

static cyn_code reserve(column_run *r, size_t pieces, cyn_err *err)
{
    cyn_shape shape = vector_of(&r->hands[0])->shape;
    r->by = CYN_NEW_ARRAY(r->arena, pieces + 1, uint32_t);
    if (shape == CYN_SHAPE_MIXED) r->kind = CYN_NEW_ARRAY(r->arena, r->rows + 1, uint8_t);
    r->values = cyn_malloc((r->rows + 1) * cell_size(shape));
    r->valid = cyn_calloc(r->rows / WORD_ROWS + 1, sizeof *r->valid);
    bool kinds = shape != CYN_SHAPE_MIXED || r->kind;
    return r->by && kinds && r->values && r->valid ? CYN_OK : cyn_nomem(err);
}

static cyn_code first_failure(const column_run *r, cyn_err *err)
{
    for (size_t i = 0; i < r->nhands; i++) {
        if (r->hands[i].code == CYN_OK) continue;
        if (err) *err = r->hands[i].err;
        return r->hands[i].code;
    }
    return CYN_OK;
}

cyn_code cyn_exec_expr_column(const cyn_expr *e, const cyn_table *t, const cyn_tz *tz,
                              const char *name, const atomic_bool *cancel, cyn_table **out,
                              cyn_err *err)
{
    column_run r = {.expr = e, .table = t, .cancel = cancel, .rows = cyn_table_rows(t)};
    size_t pieces = (r.rows + PIECE_ROWS - 1) / PIECE_ROWS;
    cyn_code rc = CYN_OK;
    r.arena = cyn_arena_new(0);
    if (!r.arena) return cyn_nomem(err);
    r.nhands = cyn_workers_for(pieces);
    r.hands = CYN_NEW_ARRAY(r.arena, r.nhands, hand);
    if (!r.hands) {
        r.nhands = 0;
        rc = cyn_nomem(err);
    }
    for (size_t i = 0; rc == CYN_OK && i < r.nhands; i++)
        rc = bind_hand(&r.hands[i], e, t, tz, err);
    if (rc == CYN_OK) rc = reserve(&r, pieces, err);
    if (rc == CYN_OK) {
        cyn_parallel(r.nhands, pieces, &(cyn_job){&r, take_piece});
        rc = first_failure(&r, err);
    }
    if (rc == CYN_OK) rc = make_table(&r, name, out, err);
    for (size_t i = 0; i < r.nhands; i++)
        clear_hand(&r.hands[i]);
    cyn_free(r.values);
    cyn_free(r.valid);
    cyn_arena_free(r.arena);
    return rc;
}

cyn_code cyn_exec_expr_kinds(const cyn_expr *e, const cyn_table *t, unsigned *kinds, cyn_err *err)
{
    hand h = {0};
    cyn_code rc = bind_hand(&h, e, t, NULL, err);
    if (rc == CYN_OK) *kinds = vector_of(&h)->kinds & ~CYN_KIND_ESCAPE;
    clear_hand(&h);
    return rc;
}
