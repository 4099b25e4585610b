#include "serve/promql_impl.h"
#include <stdlib.h>
#include <string.h>

/* Rows by the group that they are in. */
typedef struct grouping {
    cyn_prom_index index;
    size_t *of; /* [row]: its group */
} grouping;

static cyn_code group_rows(cyn_promql_eval *e, const cyn_promql_node *node,
                           const cyn_promql_value *v, grouping *out)
{
    out->of = CYN_NEW_ARRAY(e->arena, v->n + 1, size_t);
    if (!out->of) return cyn_promql_full(e);
    for (size_t r = 0; r < v->n; r++) {
        cyn_prom_labels l = v->rows[r].labels;
        if (node->without)
            CYN_TRY(cyn_prom_labels_drop(e, l, &node->labels, &l));
        else
            CYN_TRY(cyn_prom_labels_keep(e, l, &node->labels, &l));
        CYN_TRY(cyn_prom_index_put(e, &out->index, l, &out->of[r]));
    }
    return CYN_OK;
}

static cyn_code add_groups(cyn_promql_eval *e, const grouping *g, cyn_promql_value *out)
{
    cyn_promql_series *row = NULL;
    for (size_t i = 0; i < g->index.n; i++)
        CYN_TRY(cyn_promql_add_row(e, out, g->index.labels[i], &row));
    return CYN_OK;
}

/* ---- folds: one number of a group, taken up value by value ---- */

/* What a group has at one instant. */
typedef struct tally {
    double n, mean, fold; /* fold: sum, least, most, or sum of squares around the mean */
} tally;

static void take(tally *t, cyn_promql_aggregation how, double x)
{
    bool first = t->n++ == 0;
    double delta = x - t->mean;
    switch (how) {
    case CYN_PROMQL_SUM: t->fold = first ? x : t->fold + x; break;
    case CYN_PROMQL_MIN:
        if (first || x < t->fold || isnan(t->fold)) t->fold = x;
        break;
    case CYN_PROMQL_MAX:
        if (first || x > t->fold || isnan(t->fold)) t->fold = x;
        break;
    case CYN_PROMQL_AVG:
        if (first || isinf(t->mean) || isinf(x)) {
            t->mean = first ? x : t->mean + x; /* infinities have no distance */
            break;
        }
        t->mean += x / t->n - t->mean / t->n;
        break;
    case CYN_PROMQL_STDDEV:
    case CYN_PROMQL_STDVAR:
        t->mean += delta / t->n;
        t->fold += delta * (x - t->mean);
        break;
    default: break; /* count and group need no more than n */
    }
}

static double told(const tally *t, cyn_promql_aggregation how)
{
    switch (how) {
    case CYN_PROMQL_AVG: return t->mean;
    case CYN_PROMQL_COUNT: return t->n;
    case CYN_PROMQL_GROUP: return 1;
    case CYN_PROMQL_STDVAR: return t->fold / t->n;
    case CYN_PROMQL_STDDEV: return sqrt(t->fold / t->n);
    default: return t->fold;
    }
}

static cyn_code fold(cyn_promql_eval *e, const cyn_promql_node *node, const cyn_promql_value *v,
                     const grouping *g, cyn_promql_value *out)
{
    tally *tallies = CYN_NEW_ARRAY(e->arena, g->index.n + 1, tally);
    if (!tallies) return cyn_promql_full(e);
    CYN_TRY(add_groups(e, g, out));
    for (size_t i = 0; i < e->n; i++) {
        memset(tallies, 0, g->index.n * sizeof *tallies);
        for (size_t r = 0; r < v->n; r++)
            if (!cyn_promql_is_absent(v->rows[r].values[i]))
                take(&tallies[g->of[r]], node->aggregation, v->rows[r].values[i]);
        for (size_t k = 0; k < g->index.n; k++)
            if (tallies[k].n > 0) out->rows[k].values[i] = told(&tallies[k], node->aggregation);
        if (i % 256 == 255) CYN_TRY(cyn_promql_check(e));
    }
    return CYN_OK;
}

/* ---- what needs all values of a group at once ---- */

typedef struct member {
    double value;
    size_t row, group;
} member;

/* By group, the best first; NaN is the worst of all. Ties as the rows came. */
static int by_rank(const member *a, const member *b, bool top)
{
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    if (isnan(a->value) != isnan(b->value)) return isnan(a->value) ? 1 : -1;
    if (a->value != b->value && !isnan(a->value)) return (a->value > b->value) == top ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

static int best_first(const void *a, const void *b)
{
    return by_rank(a, b, true);
}

static int worst_first(const void *a, const void *b)
{
    return by_rank(a, b, false);
}

static size_t members_at(const cyn_promql_value *v, const grouping *g, size_t i, member *out)
{
    size_t n = 0;
    for (size_t r = 0; r < v->n; r++)
        if (!cyn_promql_is_absent(v->rows[r].values[i]))
            out[n++] = (member){v->rows[r].values[i], r, g->of[r]};
    return n;
}

/* Of an instant alone the rows stand in the order of their rank. */
static cyn_code pick(cyn_promql_eval *e, const cyn_promql_node *node, const cyn_promql_value *v,
                     const grouping *g, const double *k, cyn_promql_value *out)
{
    bool top = node->aggregation == CYN_PROMQL_TOPK;
    member *members = CYN_NEW_ARRAY(e->arena, v->n + 1, member);
    size_t *numbers = CYN_NEW_ARRAY(e->arena, v->n + 1, size_t); /* of rows in out, + 1 */
    if (!members || !numbers) return cyn_promql_full(e);
    for (size_t i = 0; i < e->n; i++) {
        size_t n = members_at(v, g, i, members), taken = 0;
        qsort(members, n, sizeof *members, top ? best_first : worst_first);
        if (isnan(k[i])) return cyn_promql_failed(e, node, "Scalar value NaN overflows int64");
        for (size_t m = 0; m < n; m++) {
            taken = m && members[m].group == members[m - 1].group ? taken + 1 : 0;
            if ((double)taken + 1 > k[i]) continue;
            size_t r = members[m].row;
            cyn_promql_series *row = NULL;
            if (!numbers[r]) {
                CYN_TRY(cyn_promql_add_row(e, out, v->rows[r].labels, &row));
                numbers[r] = out->n;
            }
            out->rows[numbers[r] - 1].values[i] = members[m].value;
        }
        if (i % 64 == 63) CYN_TRY(cyn_promql_check(e));
    }
    return CYN_OK;
}

static int by_group(const void *a, const void *b)
{
    const member *x = a, *y = b;
    return (x->group > y->group) - (x->group < y->group);
}

static cyn_code quantiles(cyn_promql_eval *e, const cyn_promql_value *v, const grouping *g,
                          const double *q, cyn_promql_value *out)
{
    member *members = CYN_NEW_ARRAY(e->arena, v->n + 1, member);
    double *x = CYN_NEW_ARRAY(e->arena, v->n + 1, double);
    if (!members || !x) return cyn_promql_full(e);
    CYN_TRY(add_groups(e, g, out));
    for (size_t i = 0; i < e->n; i++) {
        size_t n = members_at(v, g, i, members), count = 0;
        qsort(members, n, sizeof *members, by_group);
        for (size_t m = 0; m < n; m++) {
            x[count++] = members[m].value;
            if (m + 1 < n && members[m + 1].group == members[m].group) continue;
            out->rows[members[m].group].values[i] = cyn_promql_quantile_of(q[i], x, count);
            count = 0;
        }
        if (i % 64 == 63) CYN_TRY(cyn_promql_check(e));
    }
    return CYN_OK;
}

/* "-1.5e+22" with zeros in place of the exponent, which begins at `exponent`. */
static void put_with_zeros(const char *number, const char *exponent, cyn_buf *out)
{
    char digits[40];
    int n = 0, point = -1; /* point: digits in front of it */
    bool minus = *number == '-';
    for (const char *p = number + minus; p < exponent && n < (int)sizeof digits - 1; p++) {
        if (*p == '.')
            point = n;
        else
            digits[n++] = *p;
    }
    digits[n] = '\0';
    point = (point < 0 ? n : point) + atoi(exponent + 1);
    if (minus) cyn_buf_putc(out, '-');
    if (point <= 0) {
        cyn_buf_puts(out, "0.");
        cyn_buf_repeat(out, "0", (size_t)-point);
        cyn_buf_puts(out, digits);
    } else {
        for (int i = 0; i < point; i++)
            cyn_buf_putc(out, i < n ? digits[i] : '0');
        if (point < n) cyn_buf_printf(out, ".%s", digits + point);
    }
}

/* A number as text without an exponent: the digits of the shortest one, with zeros. */
static cyn_code put_plain(cyn_promql_eval *e, double x, const char **out)
{
    cyn_buf shortest = {0}, plain = {0};
    cyn_promql_put_number(x, &shortest);
    const char *exponent = shortest.failed ? NULL : strchr(shortest.data, 'e');
    if (exponent) put_with_zeros(shortest.data, exponent, &plain);
    bool failed = shortest.failed || plain.failed;
    *out = failed ? NULL : cyn_strdup(e->arena, exponent ? plain.data : shortest.data);
    cyn_buf_clear(&shortest);
    cyn_buf_clear(&plain);
    return *out ? CYN_OK : cyn_promql_full(e);
}

static cyn_code count_values(cyn_promql_eval *e, const cyn_promql_node *node,
                             const cyn_promql_value *v, const grouping *g, cyn_promql_value *out)
{
    const char *label = node->args[1]->text;
    cyn_prom_index values = {0};
    if (!cyn_prom_is_label_name(label))
        return cyn_promql_failed(e, node, "invalid label name \"%s\"", label);
    for (size_t r = 0; r < v->n; r++)
        for (size_t i = 0; i < e->n; i++) {
            double x = v->rows[r].values[i];
            const char *text = NULL;
            cyn_prom_labels l;
            size_t number = 0;
            cyn_promql_series *row = NULL;
            if (cyn_promql_is_absent(x)) continue;
            CYN_TRY(put_plain(e, x, &text));
            CYN_TRY(cyn_prom_labels_set(e, g->index.labels[g->of[r]], label, text, &l));
            CYN_TRY(cyn_prom_index_put(e, &values, l, &number));
            if (number == out->n) CYN_TRY(cyn_promql_add_row(e, out, l, &row));
            double *count = &out->rows[number].values[i];
            *count = cyn_promql_is_absent(*count) ? 1 : *count + 1;
            if (i % 256 == 255) CYN_TRY(cyn_promql_check(e));
        }
    return CYN_OK;
}

cyn_code cyn_promql_eval_aggregate(cyn_promql_eval *e, const cyn_promql_node *node,
                                   cyn_promql_value *out)
{
    cyn_promql_value v = {0}, parameter = {0};
    grouping g = {0};
    if (node->nargs == 2 && node->args[1]->type == CYN_PROMQL_SCALAR)
        CYN_TRY(cyn_promql_eval_node(e, node->args[1], &parameter));
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], &v));
    CYN_TRY(group_rows(e, node, &v, &g));
    const double *p = parameter.n ? parameter.rows[0].values : NULL;
    switch (node->aggregation) {
    case CYN_PROMQL_TOPK:
    case CYN_PROMQL_BOTTOMK: return pick(e, node, &v, &g, p, out);
    case CYN_PROMQL_QUANTILE: return quantiles(e, &v, &g, p, out);
    case CYN_PROMQL_COUNT_VALUES: return count_values(e, node, &v, &g, out);
    default: return fold(e, node, &v, &g, out);
    }
}
