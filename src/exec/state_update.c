#include "exec/state_impl.h"
#include "stats/sketch.h"
#include <math.h>
#include <string.h>

/* Plain loops over rows whose argument is known. */

/* TYPE v of each row and its place, then `body`; values[0] is the batch's first. */
#define EACH_ROW(type, values, body)                                                               \
    do {                                                                                           \
        const type *v_ = (values);                                                                 \
        for (size_t k = 0; k < rows->n; k++) {                                                     \
            type v = v_[rows->row[k]];                                                             \
            size_t place = rows->place[k];                                                         \
            body                                                                                   \
        }                                                                                          \
    } while (0)

/* Where fewer than one in so many rows count, only these are read. */
#define SPARSE 8

static bool are_sparse(const cyn_rows *rows)
{
    return rows->n * SPARSE < rows->row[rows->n - 1];
}

/* The integers, or codes, of the batch: at least of the rows that count. */
static const int64_t *integers_of(const cyn_column *c, const cyn_rows *rows, size_t base,
                                  int64_t *room)
{
    if (!c->narrow || !are_sparse(rows))
        return cyn_column_integers(c, base, rows->row[rows->n - 1] + (size_t)1, room);
    for (size_t k = 0; k < rows->n; k++)
        room[rows->row[k]] = cyn_column_integer(c, base + rows->row[k]);
    return room;
}

static const uint32_t *codes_of(const cyn_column *c, const cyn_rows *rows, size_t base,
                                uint32_t *room)
{
    if (!c->narrow || !are_sparse(rows))
        return cyn_column_codes(c, base, rows->row[rows->n - 1] + (size_t)1, room);
    for (size_t k = 0; k < rows->n; k++)
        room[rows->row[k]] = cyn_column_code(c, base + rows->row[k]);
    return room;
}

/* Rows in one place: the sum stays in registers. */
static void add_together(cyn_total *slot, const int64_t *v, const cyn_rows *rows)
{
    cyn_i128 sum = 0;
    for (size_t k = 0; k < rows->n; k++)
        sum += v[rows->row[k]];
    slot->sum += sum;
    slot->known += (int64_t)rows->n;
}

static void update_total(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_total *slot = CYN_SLOTS(s, cyn_total);
    const cyn_column *c = &s->arg.column;
    int64_t room[CYN_BATCH];
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit + base, {
            slot[place].sum += v;
            slot[place].known++;
        });
    } else if (rows->together) {
        add_together(&slot[rows->place[0]], integers_of(c, rows, base, room), rows);
    } else {
        EACH_ROW(int64_t, integers_of(c, rows, base, room), {
            slot[place].sum += v;
            slot[place].known++;
        });
    }
}

/* Rare: a term far from everyday size. */
static bool add_far(cyn_state *s, size_t place, double v)
{
    cyn_wide far = {0};
    cyn_wide_add(&far, v);
    return cyn_state_add_wide(s, place, &far);
}

static cyn_code update_total_real(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    cyn_total_real *slot = CYN_SLOTS(s, cyn_total_real);
    EACH_ROW(double, s->arg.column.v.f64 + base, {
        if (!cyn_exact_add(&slot[place].sum, v) && !add_far(s, place, v)) return cyn_nomem(err);
        slot[place].known++;
    });
    return CYN_OK;
}

static void update_moments(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_moments *slot = CYN_SLOTS(s, cyn_moments);
    const cyn_column *c = &s->arg.column;
    int64_t room[CYN_BATCH];
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit + base, { cyn_moments_add(&slot[place], v); });
    } else {
        EACH_ROW(int64_t, integers_of(c, rows, base, room), { cyn_moments_add(&slot[place], v); });
    }
}

/* Rows without time are neither first nor last. Of equal times the row decides. */
static void update_moment(cyn_state *s, const cyn_rows *rows, size_t first, size_t base)
{
    cyn_moment *slot = CYN_SLOTS(s, cyn_moment);
    bool earliest = s->kind == CYN_STATE_FIRST;
    for (size_t k = 0; k < rows->n; k++) {
        size_t row = first + rows->row[k];
        if (!cyn_column_has(s->time, row)) continue;
        cyn_moment *m = &slot[rows->place[k]];
        int64_t time = cyn_column_integer(s->time, row);
        bool before = time < m->time || (time == m->time && row < m->row);
        if (m->known && before != earliest) continue;
        *m = (cyn_moment){.time = time,
                          .row = row,
                          .value = cyn_cell_bits(&s->arg.column, base + rows->row[k]),
                          .known = true};
    }
}

static inline void stretch(cyn_extremes *x, int64_t v)
{
    if (x->known++ == 0) x->least = x->greatest = v;
    x->least = v < x->least ? v : x->least;
    x->greatest = v > x->greatest ? v : x->greatest;
}

static void update_extremes(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_extremes *slot = CYN_SLOTS(s, cyn_extremes);
    const cyn_column *c = &s->arg.column;
    int64_t room[CYN_BATCH];
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit + base, { stretch(&slot[place], v); });
    } else {
        EACH_ROW(int64_t, integers_of(c, rows, base, room), { stretch(&slot[place], v); });
    }
}

static void update_extremes_real(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_extremes_real *slot = CYN_SLOTS(s, cyn_extremes_real);
    EACH_ROW(double, s->arg.column.v.f64 + base, {
        cyn_extremes_real *x = &slot[place];
        v += 0.0; /* N-6 */
        if (x->known++ == 0) x->least = x->greatest = v;
        x->least = v < x->least ? v : x->least;
        x->greatest = v > x->greatest ? v : x->greatest;
    });
}

static void update_truths(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_truths *slot = CYN_SLOTS(s, cyn_truths);
    const cyn_column *c = &s->arg.column;
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit + base, {
            slot[place].yes += v;
            slot[place].known++;
        });
        return;
    }
    for (size_t k = 0; k < rows->n; k++) { /* all but nil and false is true (E-4) */
        slot[rows->place[k]].yes++;
        slot[rows->place[k]].known++;
    }
}

static cyn_code update_distinct(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    int64_t *count = CYN_SLOTS(s, int64_t);
    for (size_t k = 0; k < rows->n; k++) {
        uint32_t before = s->pairs.count, place = rows->place[k];
        uint64_t bits = cyn_cell_bits(&s->arg.column, base + rows->row[k]);
        if (cyn_pairs_add(&s->pairs, place, bits) == CYN_NO_PAIR) return cyn_nomem(err);
        count[place] += s->pairs.count - before;
    }
    return CYN_OK;
}

/* Whether a number is new to a slot, whose bits stand behind its count. */
static inline bool see(uint64_t *slot, uint64_t number)
{
    uint64_t *word = &slot[1 + number / 64];
    uint64_t bit = UINT64_C(1) << number % 64;
    bool new = (*word & bit) == 0;
    *word |= bit;
    return new;
}

/* Of rows in one place the count stays in a register. */
#define SEE_ROWS(type, values)                                                                     \
    do {                                                                                           \
        const type *seen_ = (values);                                                              \
        if (rows->together) {                                                                      \
            uint64_t *slot = slots + rows->place[0] * words, new = 0;                              \
            for (size_t k = 0; k < rows->n; k++)                                                   \
                new += see(slot, (uint64_t)seen_[rows->row[k]] - low);                             \
            slot[0] += new;                                                                        \
        } else {                                                                                   \
            EACH_ROW(type, seen_, {                                                                \
                uint64_t *slot = slots + place * words;                                            \
                slot[0] += see(slot, (uint64_t)v - low);                                           \
            });                                                                                    \
        }                                                                                          \
    } while (0)

static void update_seen(cyn_state *s, const cyn_rows *rows, size_t base)
{
    uint64_t *slots = CYN_SLOTS(s, uint64_t), low = (uint64_t)s->low;
    size_t words = s->width / sizeof *slots;
    const cyn_column *c = &s->arg.column;
    int64_t room[CYN_BATCH];
    uint32_t codes[CYN_BATCH];
    if (c->type == CYN_TEXT)
        SEE_ROWS(uint32_t, codes_of(c, rows, base, codes));
    else
        SEE_ROWS(int64_t, integers_of(c, rows, base, room));
}

/* A text by its bytes, since codes depend on the order of rows. */
static uint64_t hash_cell(const cyn_column *c, size_t row)
{
    if (c->type != CYN_TEXT) return cyn_hash_mix(cyn_cell_bits(c, row) + 0x9e3779b97f4a7c15);
    const cyn_dict *d = c->dict;
    uint32_t code = cyn_column_code(c, row);
    uint64_t from = d->offset[code], to = d->offset[code + 1];
    return cyn_hash64(d->heap + from, to - from, 0);
}

static cyn_code update_hll(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    cyn_hll *slot = CYN_SLOTS(s, cyn_hll);
    for (size_t k = 0; k < rows->n; k++) {
        uint64_t hash = hash_cell(&s->arg.column, base + rows->row[k]);
        if (!cyn_hll_add(&slot[rows->place[k]], hash)) return cyn_nomem(err);
    }
    return CYN_OK;
}

/* Known cells as the nearest doubles, the k-th for the k-th row. */
static void read_doubles(const cyn_column *c, const cyn_rows *rows, size_t base, double *out)
{
    if (c->type == CYN_REAL) {
        for (size_t k = 0; k < rows->n; k++)
            out[k] = c->v.f64[base + rows->row[k]] + 0.0;
    } else if (c->type == CYN_BOOLEAN) {
        for (size_t k = 0; k < rows->n; k++)
            out[k] = c->v.bit[base + rows->row[k]];
    } else {
        int64_t room[CYN_BATCH];
        const int64_t *v = integers_of(c, rows, base, room);
        int scale = cyn_column_scale(c);
        for (size_t k = 0; k < rows->n; k++)
            out[k] = cyn_scaled_double(v[rows->row[k]], scale);
    }
}

static cyn_code update_sketch(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    int64_t *count = CYN_SLOTS(s, int64_t);
    double v[CYN_BATCH];
    read_doubles(&s->arg.column, rows, base, v);
    for (size_t k = 0; k < rows->n; k++) {
        uint64_t bucket = (uint64_t)cyn_bucket_of(v[k]);
        if (!cyn_state_add_bucket(s, rows->place[k], bucket, 1)) return cyn_nomem(err);
        count[rows->place[k]]++;
    }
    return CYN_OK;
}

/* Its topmost bit is set for an infinite real (or no number): the exponent has no bit that is not
 * set, and overflows. */
static inline uint64_t oddity(double v)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (bits & exponent) + (UINT64_C(1) << 52);
}

static bool are_finite(const double *v, size_t n)
{
    uint64_t odd = 0;
    for (size_t i = 0; i < n; i++)
        odd |= oddity(v[i]);
    return odd >> 63 == 0;
}

/* So many rows side by side are worth a run of their own. */
#define RUN_LEAST 16

/* All rows first … first + n - 1 of a column of reals. Unless they are few they stay as they are,
 * with the bits of those that are known. */
static bool take_known(cyn_sample *sample, cyn_arena *arena, const cyn_column *c, size_t first,
                       size_t n, bool finite)
{
    const double *v = c->v.f64 + first;
    if (finite && n >= RUN_LEAST) {
        cyn_run run = {.value = v, .known = c->valid, .first = c->valid ? first : 0, .n = n};
        return cyn_sample_lend(sample, arena, &run);
    }
    for (size_t i = 0; i < n; i++) {
        bool known = cyn_column_has(c, first + i) && (finite || isfinite(v[i]));
        if (known && !cyn_sample_note(sample, arena, v + i)) return false;
    }
    return true;
}

/* Known rows of a column of reals. */
static bool note_values(cyn_state *s, const double *v, const cyn_rows *rows)
{
    cyn_sample *slot = CYN_SLOTS(s, cyn_sample);
    if (rows->together)
        return cyn_sample_note_rows(&slot[rows->place[0]], s->arena, v, rows->row, rows->n);
    for (size_t k = 0; k < rows->n; k++)
        if (!cyn_sample_note(&slot[rows->place[k]], s->arena, v + rows->row[k])) return false;
    return true;
}

static cyn_code update_sample(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    cyn_sample *slot = CYN_SLOTS(s, cyn_sample);
    if (c->type == CYN_REAL && !s->arg.buffer)
        return note_values(s, c->v.f64 + base, rows) ? CYN_OK : cyn_nomem(err);
    double v[CYN_BATCH];
    read_doubles(c, rows, base, v);
    for (size_t k = 0; k < rows->n; k++)
        if (!cyn_sample_add(&slot[rows->place[k]], s->arena, v[k])) return cyn_nomem(err);
    return CYN_OK;
}

/* Looks once for all states, and at all rows: they lie side by side. */
static bool all_finite(const cyn_column *c, size_t base, cyn_known *scratch)
{
    const double *v = c->v.f64 + base;
    if (c->finite) return true;
    if (scratch->of != v) scratch->finite = are_finite(v, scratch->n);
    scratch->of = v;
    return scratch->finite;
}

/* Of all rows of a batch those whose bit is set, a word of bits at a time. */
static size_t list_known(const uint64_t *valid, size_t base, const cyn_rows *rows, cyn_rows *out)
{
    const cyn_run bits_from = {.known = valid, .first = base};
    const uint32_t *place = rows->place;
    uint32_t *known = out->row, *known_place = out->place;
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i += 64) {
        size_t end = rows->n - i < 64 ? rows->n : i + 64;
        uint64_t bits = cyn_run_bits(&bits_from, i, end - i);
        for (size_t k = i; k < end; k++, bits >>= 1) {
            known[n] = (uint32_t)k;
            known_place[n] = place[k];
            n += bits & 1;
        }
    }
    return n;
}

/* The same of some rows. */
static void list_some_known(const cyn_column *c, size_t base, const cyn_rows *rows, bool finite,
                            cyn_rows *out)
{
    size_t n = 0;
    for (size_t k = 0; k < rows->n; k++) {
        size_t row = base + rows->row[k];
        out->row[n] = rows->row[k];
        out->place[n] = rows->place[k];
        n += cyn_column_has(c, row) && (finite || isfinite(c->v.f64[row]));
    }
    out->n = n;
}

/* The rows whose argument is known: present, and a number that is not infinite (M-3). */
static const cyn_rows *known_rows(const cyn_column *c, const cyn_rows *rows, size_t base,
                                  cyn_known *scratch)
{
    bool finite = c->type != CYN_REAL || all_finite(c, base, scratch);
    cyn_rows *known = &scratch->rows;
    if (!c->valid && finite) return rows;
    known->together = rows->together;
    known->whole = false;
    if (rows->whole && finite)
        known->n = list_known(c->valid, base, rows, known);
    else
        list_some_known(c, base, rows, finite, known);
    return known;
}

cyn_code cyn_state_update(cyn_state *s, const cyn_rows *rows, size_t first, cyn_known *scratch,
                          cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    size_t base = s->arg.buffer ? 0 : first;
    if (rows->n == 0) return CYN_OK; /* arrays may still be NULL */
    if (s->kind == CYN_STATE_SAMPLE && c->type == CYN_REAL && !s->arg.buffer && rows->whole &&
        rows->together) {
        cyn_sample *sample = &CYN_SLOTS(s, cyn_sample)[rows->place[0]];
        bool finite = all_finite(c, base, scratch);
        bool ok = take_known(sample, s->arena, c, first, rows->n, finite);
        return ok ? CYN_OK : cyn_nomem(err);
    }
    rows = known_rows(&s->arg.column, rows, base, scratch);
    if (rows->n == 0) return CYN_OK;
    switch (s->kind) {
    case CYN_STATE_TOTAL: update_total(s, rows, base); break;
    case CYN_STATE_TOTAL_REAL: return update_total_real(s, rows, base, err);
    case CYN_STATE_MOMENTS: update_moments(s, rows, base); break;
    case CYN_STATE_FIRST:
    case CYN_STATE_LAST: update_moment(s, rows, first, base); break;
    case CYN_STATE_HLL: return update_hll(s, rows, base, err);
    case CYN_STATE_SKETCH: return update_sketch(s, rows, base, err);
    case CYN_STATE_EXTREMES: update_extremes(s, rows, base); break;
    case CYN_STATE_EXTREMES_REAL: update_extremes_real(s, rows, base); break;
    case CYN_STATE_TRUTHS: update_truths(s, rows, base); break;
    case CYN_STATE_DISTINCT: return update_distinct(s, rows, base, err);
    case CYN_STATE_SEEN: update_seen(s, rows, base); break;
    case CYN_STATE_SAMPLE: return update_sample(s, rows, base, err);
    }
    return CYN_OK;
}
