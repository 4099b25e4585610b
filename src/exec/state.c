#include "exec/state_impl.h"
#include "stats/quantile.h"
#include <math.h>
#include <string.h>

/* Distinct texts are bits up to this many bytes in all, and table entries beyond. */
#define SEEN_LIMIT (16 << 20)

/* ---- which state ---- */

static cyn_code wrong_type(const cyn_plan_agg *agg, cyn_type type, const char *takes, cyn_err *err)
{
    const cyn_expr *e = agg->arg;
    return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                       "%s of '%s': it is of type %s, expected %s", cyn_agg_names[agg->func],
                       e->text   ? e->text
                       : e->name ? e->name
                                 : "?",
                       cyn_type_name(type), takes);
}

cyn_code cyn_state_kind_of(const cyn_plan_agg *agg, const cyn_operand *arg, cyn_state_kind *out,
                           cyn_err *err)
{
    cyn_type t = arg->column.type;
    bool order = t != CYN_TEXT, number = order && t != CYN_TIMESTAMP && t != CYN_DATE;
    switch (agg->func) {
    case CYN_SUM:
    case CYN_MEAN:
        if (!number) return wrong_type(agg, t, "a number or a boolean", err);
        *out = t == CYN_REAL ? CYN_STATE_TOTAL_REAL : CYN_STATE_TOTAL;
        break;
    case CYN_MIN:
    case CYN_MAX:
        if (!order) return wrong_type(agg, t, "a number, a time or a boolean", err);
        *out = t == CYN_REAL ? CYN_STATE_EXTREMES_REAL : CYN_STATE_EXTREMES;
        break;
    case CYN_PERCENTILE:
        if (!order) return wrong_type(agg, t, "a number, a time or a boolean", err);
        *out = CYN_STATE_SAMPLE;
        break;
    case CYN_SHARE: *out = CYN_STATE_TRUTHS; break;
    case CYN_DISTINCT:
    case CYN_COUNT: *out = CYN_STATE_DISTINCT; break;
    }
    return CYN_OK;
}

static size_t seen_words(const cyn_operand *arg)
{
    return ((size_t)arg->column.dict->count + 63) / 64;
}

void cyn_state_init(cyn_state *s, cyn_state_kind kind, const cyn_operand *arg, double max_places)
{
    static const size_t widths[] = {
        [CYN_STATE_TOTAL] = sizeof(cyn_total),
        [CYN_STATE_TOTAL_REAL] = sizeof(cyn_total_real),
        [CYN_STATE_EXTREMES] = sizeof(cyn_extremes),
        [CYN_STATE_EXTREMES_REAL] = sizeof(cyn_extremes_real),
        [CYN_STATE_TRUTHS] = sizeof(cyn_truths),
        [CYN_STATE_DISTINCT] = sizeof(int64_t),
        [CYN_STATE_SAMPLE] = sizeof(int64_t),
    };
    *s = (cyn_state){.kind = kind, .arg = *arg, .width = widths[kind]};
    if (kind != CYN_STATE_DISTINCT || arg->column.type != CYN_TEXT) return;
    size_t width = (1 + seen_words(arg)) * sizeof(uint64_t);
    if ((double)width * max_places > SEEN_LIMIT) return;
    s->kind = CYN_STATE_SEEN;
    s->width = width;
}

void cyn_state_clear(cyn_state *s)
{
    cyn_pairs_clear(&s->pairs);
    cyn_free(s->slots);
    cyn_free(s->values);
    cyn_free(s->value_place);
    cyn_free(s->first_value);
    *s = (cyn_state){0};
}

cyn_code cyn_state_reserve(cyn_state *s, size_t places, cyn_err *err)
{
    if (places > s->room) {
        size_t room = places > s->room * 2 ? places : s->room * 2;
        char *bigger = cyn_realloc(s->slots, room * s->width);
        if (!bigger) return cyn_nomem(err);
        memset(bigger + s->room * s->width, 0, (room - s->room) * s->width);
        s->slots = bigger;
        s->room = room;
    }
    s->places = places;
    return CYN_OK;
}

/* ---- updates: plain loops over rows whose argument is known ---- */

/* TYPE v of each row and its place, then `body`. */
#define EACH_ROW(type, values, body)                                                               \
    do {                                                                                           \
        const type *v_ = (values) + base;                                                          \
        for (size_t k = 0; k < rows->n; k++) {                                                     \
            type v = v_[rows->row[k]];                                                             \
            size_t place = rows->place[k];                                                         \
            body                                                                                   \
        }                                                                                          \
    } while (0)

static void update_total(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_total *slot = (cyn_total *)(void *)s->slots;
    const cyn_column *c = &s->arg.column;
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit, {
            slot[place].sum += v;
            slot[place].known++;
        });
    } else {
        EACH_ROW(int64_t, c->v.i64, {
            slot[place].sum += v;
            slot[place].known++;
        });
    }
}

static void update_total_real(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_total_real *slot = (cyn_total_real *)(void *)s->slots;
    EACH_ROW(double, s->arg.column.v.f64, {
        cyn_sum_add(&slot[place].sum, v);
        slot[place].known++;
    });
}

static inline void stretch(cyn_extremes *x, int64_t v)
{
    if (x->known++ == 0) x->least = x->greatest = v;
    x->least = v < x->least ? v : x->least;
    x->greatest = v > x->greatest ? v : x->greatest;
}

static void update_extremes(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_extremes *slot = (cyn_extremes *)(void *)s->slots;
    const cyn_column *c = &s->arg.column;
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit, { stretch(&slot[place], v); });
    } else {
        EACH_ROW(int64_t, c->v.i64, { stretch(&slot[place], v); });
    }
}

static void update_extremes_real(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_extremes_real *slot = (cyn_extremes_real *)(void *)s->slots;
    EACH_ROW(double, s->arg.column.v.f64, {
        cyn_extremes_real *x = &slot[place];
        v += 0.0; /* N-6 */
        if (x->known++ == 0) x->least = x->greatest = v;
        x->least = v < x->least ? v : x->least;
        x->greatest = v > x->greatest ? v : x->greatest;
    });
}

static void update_truths(cyn_state *s, const cyn_rows *rows, size_t base)
{
    cyn_truths *slot = (cyn_truths *)(void *)s->slots;
    const cyn_column *c = &s->arg.column;
    if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit, {
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
    int64_t *count = (int64_t *)(void *)s->slots;
    for (size_t k = 0; k < rows->n; k++) {
        uint32_t before = s->pairs.count, place = rows->place[k];
        uint64_t bits = cyn_cell_bits(&s->arg.column, base + rows->row[k]);
        if (cyn_pairs_add(&s->pairs, place, bits) == CYN_NO_PAIR) return cyn_nomem(err);
        count[place] += s->pairs.count - before;
    }
    return CYN_OK;
}

static void update_seen(cyn_state *s, const cyn_rows *rows, size_t base)
{
    uint64_t *slots = (uint64_t *)(void *)s->slots;
    size_t words = s->width / sizeof *slots;
    EACH_ROW(uint32_t, s->arg.column.v.code, {
        uint64_t *slot = slots + place * words;
        uint64_t *word = &slot[1 + v / 64];
        uint64_t bit = UINT64_C(1) << v % 64;
        slot[0] += (*word & bit) == 0;
        *word |= bit;
    });
}

static bool reserve_values(cyn_state *s, size_t more)
{
    if (s->nvalues + more <= s->value_room) return true;
    size_t room = s->value_room ? s->value_room * 2 : 1024;
    room = room < s->nvalues + more ? s->nvalues + more : room;
    double *values = cyn_realloc(s->values, room * sizeof *values);
    if (!values) return false;
    s->values = values;
    uint32_t *place = cyn_realloc(s->value_place, room * sizeof *place);
    if (!place) return false;
    s->value_place = place;
    s->value_room = room;
    return true;
}

static cyn_code update_sample(cyn_state *s, const cyn_rows *rows, size_t base, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    int64_t *count = (int64_t *)(void *)s->slots;
    int scale = cyn_column_scale(c);
    if (!reserve_values(s, rows->n)) return cyn_nomem(err);
    double *out = s->values + s->nvalues;
    if (c->type == CYN_REAL) {
        EACH_ROW(double, c->v.f64, {
            count[place]++;
            out[k] = v + 0.0;
        });
    } else if (c->type == CYN_BOOLEAN) {
        EACH_ROW(uint8_t, c->v.bit, {
            count[place]++;
            out[k] = v;
        });
    } else {
        EACH_ROW(int64_t, c->v.i64, {
            count[place]++;
            out[k] = cyn_scaled_double(v, scale);
        });
    }
    memcpy(s->value_place + s->nvalues, rows->place, rows->n * sizeof *rows->place);
    s->nvalues += rows->n;
    return CYN_OK;
}

/* x - x is 0 for a finite x and NaN for any other. */
static bool all_finite(const cyn_column *c, const cyn_rows *rows, size_t base)
{
    double zero = 0;
    for (size_t k = 0; k < rows->n; k++)
        zero += c->v.f64[base + rows->row[k]] - c->v.f64[base + rows->row[k]];
    return zero == 0;
}

/* The rows whose argument is known: present, and a number that is not infinite (M-3). */
static const cyn_rows *known_rows(const cyn_column *c, const cyn_rows *rows, size_t base,
                                  cyn_rows *scratch)
{
    bool finite = c->type != CYN_REAL || all_finite(c, rows, base);
    if (!c->valid && finite) return rows;
    size_t n = 0;
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
    rows = known_rows(&s->arg.column, rows, base, scratch);
    if (rows->n == 0) return CYN_OK; /* arrays may still be NULL */
    switch (s->kind) {
    case CYN_STATE_TOTAL: update_total(s, rows, base); break;
    case CYN_STATE_TOTAL_REAL: update_total_real(s, rows, base); break;
    case CYN_STATE_EXTREMES: update_extremes(s, rows, base); break;
    case CYN_STATE_EXTREMES_REAL: update_extremes_real(s, rows, base); break;
    case CYN_STATE_TRUTHS: update_truths(s, rows, base); break;
    case CYN_STATE_DISTINCT: return update_distinct(s, rows, base, err);
    case CYN_STATE_SEEN: update_seen(s, rows, base); break;
    case CYN_STATE_SAMPLE: return update_sample(s, rows, base, err);
    }
    return CYN_OK;
}

/* ---- results ---- */

/* Brings the values of each place together, in one pass with the counts as a guide. */
static cyn_code gather_sample(cyn_state *s, cyn_err *err)
{
    const int64_t *count = (const int64_t *)(const void *)s->slots;
    size_t *next = cyn_calloc(s->places + 1, sizeof *next);
    double *gathered = cyn_malloc((s->nvalues ? s->nvalues : 1) * sizeof *gathered);
    if (!next || !gathered) {
        cyn_free(next);
        cyn_free(gathered);
        return cyn_nomem(err);
    }
    for (size_t p = 0; p < s->places; p++)
        next[p + 1] = next[p] + (size_t)count[p];
    for (size_t i = 0; i < s->nvalues; i++)
        gathered[next[s->value_place[i]]++] = s->values[i];
    for (size_t p = s->places; p-- > 0;) /* next[p] is now the end of p: back to its beginning */
        next[p] -= (size_t)count[p];
    cyn_free(s->values);
    s->values = gathered;
    s->first_value = next;
    return CYN_OK;
}

cyn_code cyn_state_finish(cyn_state *s, cyn_err *err)
{
    return s->kind == CYN_STATE_SAMPLE ? gather_sample(s, err) : CYN_OK;
}

__extension__ typedef unsigned __int128 cyn_u128;

double cyn_mean_of(cyn_i128 sum, int64_t count, int scale)
{
    cyn_u128 top = sum < 0 ? -(cyn_u128)sum : (cyn_u128)sum, bottom = (cyn_u128)count;
    int exponent = 0;
    if (sum == 0) return 0;
    while (scale-- > 0)
        bottom *= 10;
    /* Long division until 64 bits of the quotient are known; what is left only says whether the
     * last of them is exact, so that the conversion rounds once, the right way. */
    cyn_u128 quotient = top / bottom, rest = top % bottom;
    for (; quotient >> 63 == 0; exponent--) {
        rest <<= 1;
        quotient = quotient << 1 | (rest >= bottom);
        if (rest >= bottom) rest -= bottom;
    }
    double mean = ldexp((double)(quotient | (rest != 0)), exponent);
    return sum < 0 ? -mean : mean;
}

/* The number that an exact column's integer stands for. */
static cyn_num exact(const cyn_column *c, int64_t v)
{
    if (c->type == CYN_DECIMAL) return cyn_num_decimal(v, c->scale);
    if (c->type == CYN_TIMESTAMP) return cyn_num_real(cyn_scaled_double(v, 6));
    return cyn_num_integer(v);
}

static cyn_code total_cell(const cyn_state *s, const cyn_plan_agg *agg, const cyn_total *t,
                           cyn_cell *out, cyn_err *err)
{
    const cyn_column *c = &s->arg.column;
    bool fits = t->sum >= INT64_MIN && t->sum <= INT64_MAX;
    if (agg->func == CYN_SUM) {
        if (!fits) {
            const cyn_expr *e = agg->arg;
            return cyn_fail_at(err, CYN_E_RANGE, e->place.file, e->place.line, e->place.column,
                               "sum of '%s' does not fit 64 bits", e->text ? e->text : c->name);
        }
        out->value = exact(c, (int64_t)t->sum);
        return CYN_OK;
    }
    out->numerator = fits ? exact(c, (int64_t)t->sum)
                          : cyn_num_real(cyn_mean_of(t->sum, 1, cyn_column_scale(c)));
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real(cyn_mean_of(t->sum, t->known, cyn_column_scale(c)));
    return CYN_OK;
}

static void total_real_cell(const cyn_plan_agg *agg, const cyn_total_real *t, cyn_cell *out)
{
    double sum = cyn_sum_value(&t->sum);
    if (agg->func == CYN_SUM) {
        out->value = cyn_num_real(sum);
        return;
    }
    out->numerator = cyn_num_real(sum);
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real(sum / (double)t->known);
}

static void share_cell(const cyn_truths *t, cyn_cell *out)
{
    out->numerator = cyn_num_integer(t->yes);
    out->denominator = cyn_num_integer(t->known);
    if (t->known > 0) out->value = cyn_num_real((double)t->yes / (double)t->known);
}

static void percentile_cell(const cyn_state *s, const cyn_plan_agg *agg, size_t place,
                            cyn_cell *out)
{
    size_t from = s->first_value[place], to = s->first_value[place + 1];
    if (to > from) {
        out->value =
            cyn_num_real(cyn_quantile(s->values + from, to - from, agg->p / 100, agg->qtype));
    }
}

cyn_code cyn_state_cell(cyn_state *s, const cyn_plan_agg *agg, size_t place, cyn_cell *out,
                        cyn_err *err)
{
    const void *slot = s->slots + place * s->width;
    const cyn_extremes *x = slot;
    const cyn_extremes_real *r = slot;
    switch (s->kind) {
    case CYN_STATE_TOTAL: return total_cell(s, agg, slot, out, err);
    case CYN_STATE_TOTAL_REAL: total_real_cell(agg, slot, out); break;
    case CYN_STATE_EXTREMES:
        if (x->known == 0) break;
        out->value = exact(&s->arg.column, agg->func == CYN_MIN ? x->least : x->greatest);
        break;
    case CYN_STATE_EXTREMES_REAL:
        if (r->known == 0) break;
        out->value = cyn_num_real(agg->func == CYN_MIN ? r->least : r->greatest);
        break;
    case CYN_STATE_TRUTHS: share_cell(slot, out); break;
    case CYN_STATE_DISTINCT:
    case CYN_STATE_SEEN: out->value = cyn_num_integer(*(const int64_t *)slot); break;
    case CYN_STATE_SAMPLE: percentile_cell(s, agg, place, out); break;
    }
    return CYN_OK;
}
