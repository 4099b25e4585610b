/* Vectors: translated expressions (plan/translation.h) over batches of rows.
 *
 * Each step of a translation is a vector: one value for each row of the batch. Binding infers the
 * kinds of values that a step can have from the columns' types. With one kind (beside nil and
 * escapes) it is a plain typed array, which a loop fills; with several it is an array of bits with
 * a kind for each row, filled by cyn_datum_of, which is the reference of what every step means. A
 * step that reads one text and constants is computed once for each text of the dictionary.
 *
 * Equal steps are one vector, whichever expression they come from, and all are computed in the
 * order in which they were added. Those that nobody keeps share their memory.
 *
 *     cyn_vectors v = {.arena = scratch, .tz = plan->tz};
 *     CYN_TRY(cyn_vectors_add(&v, &(cyn_vector){.op = CYN_OP_INPUT, .column = amount}, &a, err));
 *     CYN_TRY(cyn_vectors_add(&v, &(cyn_vector){.op = CYN_OP_LESS, .a = hundred, .b = a}, &l,
 * err)); CYN_TRY(cyn_vectors_keep(&v, l, err));              // its memory is its own
 *     CYN_TRY(cyn_vectors_eval(&v, first, n, err));       // for each batch; adds come before
 *     … v.at[l].bit[i] …
 *     cyn_vectors_clear(&v);
 *
 * One thread at a time.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "column/intern.h"
#include "exec/exec.h"
#include "plan/translation.h"

/* ---- values ---- */

/* What a value is; also its bit in a set of kinds. CYN_KIND_… of exec.h name the sets. */
typedef enum cyn_datum_kind {
    CYN_DATUM_NIL,
    CYN_DATUM_BOOLEAN,
    CYN_DATUM_INTEGER,
    CYN_DATUM_REAL,
    CYN_DATUM_TEXT,
    CYN_DATUM_ESCAPE,
} cyn_datum_kind;
#define CYN_KIND_ESCAPE  (1U << CYN_DATUM_ESCAPE)
#define CYN_KIND_NUMBER  (CYN_KIND_INTEGER | CYN_KIND_REAL)
#define CYN_KIND_LACKING (CYN_KIND_NIL | CYN_KIND_ESCAPE)

#define CYN_NO_CODE UINT32_MAX

typedef struct cyn_datum {
    cyn_datum_kind kind;
    uint32_t code; /* of a text in the pool, or CYN_NO_CODE */
    int64_t i;     /* BOOLEAN: 0 or 1; INTEGER */
    double r;      /* REAL */
    const char *s; /* TEXT: n bytes */
    size_t n;
} cyn_datum;

/* What computing a value may need. */
typedef struct cyn_datum_context {
    const cyn_tz *tz; /* NULL: UTC */
    cyn_buf room;     /* a text just made; until the next one is */
} cyn_datum_context;

/* ---- vectors ---- */

/* Operations that no translation has; they follow those of cyn_step_op. */
enum {
    CYN_VECTOR_AND = CYN_OPS, /* whether a and b are both true (E-4) */
    CYN_VECTOR_TO_REAL,       /* the double nearest to an integer; of anything else itself */
    CYN_VECTOR_SETTLE,        /* itself, but a float that is no finite number is nil (M-3) */
    CYN_VECTOR_IMPORT,        /* a text as one of the pool */
    CYN_VECTOR_RAW,           /* the integers of a decimal or timestamp column */
};

typedef enum cyn_shape {
    CYN_SHAPE_MIXED, /* bits, and kind for each row */
    CYN_SHAPE_BOOLEAN,
    CYN_SHAPE_INTEGER,
    CYN_SHAPE_REAL,
    CYN_SHAPE_TEXT,
} cyn_shape;

/* Why a typed vector has no value in a row; what several lack together is their bitwise or. */
enum { CYN_LACK_NOTHING = 0, CYN_LACK_NIL = 1, CYN_LACK_ESCAPE = 3 };

/* Results for the texts of a dictionary, filled on demand: [0] of nil, [code + 1] of a text. */
typedef struct cyn_vector_memo {
    uint8_t *kind; /* cyn_datum_kind + 1; 0: not known yet */
    uint64_t *bits;
    size_t room;
} cyn_vector_memo;

typedef struct cyn_vector_clock cyn_vector_clock; /* vector_time.c */

/* How a vector is computed. */
typedef enum cyn_vector_way {
    CYN_WAY_ROWS,  /* cyn_datum_of, row by row */
    CYN_WAY_FIXED, /* its values do not change from batch to batch, or lie in a column */
    CYN_WAY_INPUT,
    CYN_WAY_LOOP, /* a typed loop */
    CYN_WAY_CODE, /* a text equals constant `code` */
    CYN_WAY_NIL,  /* a is nil */
    CYN_WAY_MEMO,
    CYN_WAY_CLOCK,
} cyn_vector_way;

typedef struct cyn_vector {
    /* What it is: */
    int op; /* cyn_step_op, or one of those above */
    uint32_t a, b, c;
    const cyn_column *column; /* INPUT, RAW */
    cyn_const value;          /* CONST */
    const cyn_const *list;    /* ONE_OF */
    size_t nlist;
    /* Binding adds: */
    unsigned kinds;
    unsigned sorts; /* kinds that it has by the columns' types alone, for what may be compared */
    cyn_shape shape;
    cyn_vector_way way;
    const cyn_dict *dict; /* TEXT: what its codes are of; NULL: the pool */
    uint32_t code;        /* CYN_WAY_CODE; CYN_NO_CODE: no row has it */
    uint32_t read;        /* CYN_WAY_MEMO: the text that is read */
    cyn_vector_memo *memo;
    cyn_vector_clock *clock;
    bool kept;
    bool idle;     /* nobody reads it */
    uint32_t next; /* with the same hash */
    /* Of the batch: */
    union {
        const void *values;
        const uint8_t *bit;
        const int64_t *i64;
        const double *f64;
        const uint32_t *code;
        const uint64_t *bits; /* MIXED; texts are codes of the pool */
    } v;
    void *own;       /* v, where it is not the column's */
    uint8_t *lack;   /* typed; NULL: every row has a value */
    uint8_t *kind;   /* MIXED: cyn_datum_kind */
    uint64_t *known; /* of an operand: bit of each row that has a value */
} cyn_vector;

enum { CYN_VECTOR_HEADS = 256 };

typedef struct cyn_vectors {
    cyn_arena *arena;
    const cyn_tz *tz;
    size_t rows; /* of the table */
    cyn_vector *at;
    uint32_t count, capacity;
    uint32_t head[CYN_VECTOR_HEADS]; /* 1 + the newest vector with this hash */
    bool laid_out;
    cyn_intern pool; /* texts that were made, and constants */
    cyn_datum_context context;
} cyn_vectors;

/* The number of the vector like this one, a new one if need be. `like` says what it is, with the
 * numbers of earlier vectors; operations take what plan/translation.h says. */
CYN_NODISCARD cyn_code cyn_vectors_add(cyn_vectors *v, const cyn_vector *like, uint32_t *out,
                                       cyn_err *err);
/* Gives a vector memory of its own, at once: it stays readable after later vectors. */
CYN_NODISCARD cyn_code cyn_vectors_keep(cyn_vectors *v, uint32_t i, cyn_err *err);
/* Computes the rows first … first + n - 1; n is at most CYN_BATCH. */
CYN_NODISCARD cyn_code cyn_vectors_eval(cyn_vectors *v, size_t first, size_t n, cyn_err *err);
void cyn_vectors_clear(cyn_vectors *v);

/* Whether the values are a column's, as they are. */
bool cyn_vector_is_column(const cyn_vector *x);

/* 1 where the value is neither nil nor false nor an escape; whether some row escapes. */
void cyn_vector_truth(const cyn_vector *x, size_t n, uint8_t *mask);
bool cyn_vector_escapes(const cyn_vector *x, size_t n);

/* ---- between the files ---- */

/* The value of a row, and its being written; false when memory is exhausted. */
cyn_datum cyn_vector_load(const cyn_vectors *v, const cyn_vector *x, size_t row);
bool cyn_vector_store(cyn_vectors *v, cyn_vector *x, size_t row, const cyn_datum *value);
/* A value's bits as MIXED vectors and memos have them. */
bool cyn_datum_bits(cyn_vectors *v, const cyn_datum *value, uint64_t *out);

/* The value of a step in a row, from those that it reads. */
cyn_datum cyn_vector_compute(cyn_vectors *v, const cyn_vector *x, size_t row);
/* Gives a constant its memory, and its value in all rows; false when memory is exhausted. */
bool cyn_vector_fill(cyn_vectors *v, cyn_vector *x);

/* vector_memo.c: fills a vector of CYN_WAY_MEMO; false when memory is exhausted. */
bool cyn_vector_memo_run(cyn_vectors *v, cyn_vector *x, size_t n);

/* vector_datum.c: what a step gives. Absent arguments are NULL. */
cyn_datum cyn_datum_of(const cyn_vector *x, const cyn_datum *a, const cyn_datum *b,
                       const cyn_datum *c, cyn_datum_context *context);
cyn_datum cyn_datum_const(const cyn_const *c);
bool cyn_datum_true(const cyn_datum *x);
bool cyn_datum_equal(const cyn_datum *a, const cyn_datum *b);
bool cyn_datum_less(const cyn_datum *a, const cyn_datum *b, bool or_equal);
/* Pieces of it that loops share. */
double cyn_real_mod(double a, double b);
int64_t cyn_integer_mod(int64_t a, int64_t b);  /* b is not 0 */
int64_t cyn_integer_idiv(int64_t a, int64_t b); /* b is not 0 */
int64_t cyn_shift_left(int64_t a, int64_t by);
double cyn_real_pow(double a, double b);
/* Whether a float is an integer of 64 bits. */
bool cyn_real_integer(double r, int64_t *out);

/* vector_text.c: functions of texts. */
cyn_datum cyn_text_value_of(const cyn_vector *x, const cyn_datum *a, const cyn_datum *b,
                            const cyn_datum *c, cyn_datum_context *context);

/* vector_kinds.c: sets the kinds and sorts of a step, from those of what it reads. */
void cyn_vector_infer(const cyn_vectors *v, cyn_vector *x);
/* CYN_E_TYPE for a comparison that can never hold: `x` is EQUALS, ONE_OF, LESS or LESS_EQUAL, and
 * `name` what a and b are called (NULL: they have no name). */
CYN_NODISCARD cyn_code cyn_vector_check(const cyn_vectors *v, const cyn_vector *x,
                                        const char *const name[2], const cyn_place *place,
                                        cyn_err *err);

/* vector_scaled.c: whether a comparison of a decimal or timestamp column with a constant is one of
 * the column's integers (`raw`) with another (`bound`), in the same order; x->op may change. */
bool cyn_vector_unscale(const cyn_vectors *v, cyn_vector *x, cyn_vector *raw, cyn_vector *bound);

/* vector_loop.c: typed loops. */
bool cyn_vector_has_loop(const cyn_vectors *v, const cyn_vector *x);
void cyn_vector_loop(const cyn_vectors *v, cyn_vector *x, size_t n);

/* vector_time.c: parts of times. */
bool cyn_is_time_part(int op);
cyn_datum cyn_time_part(int op, const cyn_datum *a, const cyn_tz *tz);
cyn_vector_clock *cyn_vector_clock_new(cyn_arena *arena); /* NULL when memory is exhausted */
/* Of a timestamp column, read as it is. */
void cyn_vector_clock_run(const cyn_vectors *v, cyn_vector *x, size_t first, size_t n);
