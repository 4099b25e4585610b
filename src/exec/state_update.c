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

/* The integers, or codes, of the batch up to its last row that counts. */
static const int64_t *integers_of(const cyn_column *c, const cyn_rows *rows, size_t base,
                                  int64_t *room)
{
    return cyn_column_integers(c, base, rows->row[rows->n - 1] + (size_t)1, room);
}

static const uint32_t *codes_of(const cyn_column *c, const cyn_rows *rows, size_t base,
                                uint32_t *room)
{
    return cyn_column_codes(c, base, rows->row[rows->n - 1] + (size_t)1, room);
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

static inline void see(uint64_t *slot, uint64_t number)
{
    uint64_t *word = &slot[1 + number / 64];
    uint64_t bit = UINT64_C(1) << number % 64;
    slot[0] += (*word & bit) == 0;
    *word |= bit;
}

static void update_seen(cyn_state *s, const cyn_rows *rows, size_t base)
{
    uint64_t *slots = CYN_SLOTS(s, uint64_t), low = (uint64_t)s->low;
    size_t words = s->width / sizeof *slots;
    const cyn_column *c = &s->arg.column;
    int64_t room[CYN_BATCH];
    uint32_t codes[CYN_BATCH];
    if (c->type == CYN_TEXT) {
        EACH_ROW(uint32_t, codes_of(c, rows, base, codes), { see(slots + place * words, v); });
    } else {
        EACH_ROW(int64_t, integers_of(c, rows, base, room),
                 { see(slots + place * words, (uint64_t)v - low); });
    }
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

/* So many values side by side are worth a run of their own. */
#define RUN_LEAST 16

/* n reals of one place, all known, can stay where they are unless they are few. */
static bool take_values(cyn_sample *sample, cyn_arena *arena, const double *v, size_t n)
{
    if (n >= RUN_LEAST) return cyn_sample_lend(sample, arena, v, n);
    for (size_t i = 0; i < n; i++)
        if (!cyn_sample_add(sample, arena, v[i] + 0.0)) return false; /* N-6 */
    return true;
}

/* 1 for an infinite real (or no number): its exponent has no bit that is not set. */
static inline uint64_t is_odd(double v)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (bits & exponent) == exponent;
}

static bool are_finite(const double *v, size_t n)
{
    uint64_t odd = 0;
    for (size_t i = 0; i < n; i++)
        odd |= is_odd(v[i]);
    return odd == 0;
}

static bool take_finite(cyn_sample *sample, cyn_arena *arena, const double *v, size_t n)
{
    if (are_finite(v, n)) return take_values(sample, arena, v, n);
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i]) && !cyn_sample_add(sample, arena, v[i] + 0.0)) return false;
    return true;
}

/* The first bit from `at` on that is set once all are flipped as `flip` says; `end` when none is.
 */
static size_t find_bit(const uint64_t *words, size_t at, size_t end, uint64_t flip)
{
    while (at < end) {
        uint64_t word = (words[at / 64] ^ flip) >> at % 64;
        if (word) {
            at += (size_t)__builtin_ctzll(word);
            return at < end ? at : end;
        }
        at += 64 - at % 64;
    }
    return end;
}

/* The stretches of known values among the rows first … end - 1 of a column of reals. */
static bool take_known(cyn_sample *sample, cyn_arena *arena, const cyn_column *c, size_t first,
                       size_t end)
{
    if (!c->valid) return take_finite(sample, arena, c->v.f64 + first, end - first);
    for (size_t row = find_bit(c->valid, first, end, 0); row < end;) {
        size_t to = find_bit(c->valid, row, end, ~UINT64_C(0));
        if (!take_finite(sample, arena, c->v.f64 + row, to - row)) return false;
        row = find_bit(c->valid, to, end, 0);
    }
    return true;
}

/* Rows that lie side by side from the k-th on. */
static size_t side_by_side(const cyn_rows *rows, size_t k)
{
    size_t from = k++;
    while (k < rows->n && rows->row[k] == rows->row[k - 1] + 1)
        k++;
    return k - from;
}

/* Known rows of one place. */
static bool take_rows(cyn_sample *sample, cyn_arena *arena, const double *v, const cyn_rows *rows)
{
    bool ok = true;
    for (size_t k = 0, n; ok && k < rows->n; k += n) {
        n = side_by_side(rows, k);
        ok = take_values(sample, arena, v + rows->row[k], n);
    }
    return ok;
}

static cyn_code update_sample(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    cyn_sample *slot = CYN_SLOTS(s, cyn_sample);
    if (rows->together && c->type == CYN_REAL && !s->arg.buffer) {
        bool ok = take_rows(&slot[rows->place[0]], s->arena, c->v.f64 + base, rows);
        return ok ? CYN_OK : cyn_nomem(err);
    }
    double v[CYN_BATCH];
    read_doubles(c, rows, base, v);
    for (size_t k = 0; k < rows->n; k++)
        if (!cyn_sample_add(&slot[rows->place[k]], s->arena, v[k])) return cyn_nomem(err);
    return CYN_OK;
}

static bool all_finite(const cyn_column *c, const cyn_rows *rows, size_t base)
{
    uint64_t odd = 0;
    for (size_t k = 0; k < rows->n; k++)
        odd |= is_odd(c->v.f64[base + rows->row[k]]);
    return odd == 0;
}

/* The rows whose argument is known: present, and a number that is not infinite (M-3). */
static const cyn_rows *known_rows(const cyn_column *c, const cyn_rows *rows, size_t base,
                                  cyn_rows *scratch)
{
    bool finite = c->type != CYN_REAL || all_finite(c, rows, base);
    if (!c->valid && finite) return rows;
    size_t n = 0;
    scratch->together = rows->together;
    scratch->whole = false;
    for (size_t k = 0; k < rows->n; k++) {
        size_t row = base + rows->row[k];
        scratch->row[n] = rows->row[k];
        scratch->place[n] = rows->place[k];
        n += cyn_column_has(c, row) && (finite || isfinite(c->v.f64[row]));
    }
    scratch->n = n;
    return scratch;
}

cyn_code cyn_state_update(cyn_state *s, const cyn_rows *rows, size_t first, cyn_rows *scratch,
                          cyn_err *err)
{
    size_t base = s->arg.buffer ? 0 : first;
    if (s->kind == CYN_STATE_SAMPLE && s->arg.column.type == CYN_REAL && !s->arg.buffer &&
        rows->whole && rows->together) {
        cyn_sample *sample = &CYN_SLOTS(s, cyn_sample)[rows->place[0]];
        bool ok = take_known(sample, s->arena, &s->arg.column, first, first + rows->n);
        return ok ? CYN_OK : cyn_nomem(err);
    }
    rows = known_rows(&s->arg.column, rows, base, scratch);
    if (rows->n == 0) return CYN_OK; /* arrays may still be NULL */
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
