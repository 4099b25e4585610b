/* docs/numerics.md Q-…: the nine types against R, and selection on every shape of data, with
 * guessed pivots and (test_quantile_sure) without. */
#include "stats/quantile.h"
#include "test.h"
#include <stdbool.h>
#include <stdint.h>

#define MAX_VALUES 128

static FILE *open_data(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    FILE *f = fopen(path, "r");
    if (!f) perror(path);
    return f;
}

static size_t read_vector(const char *name, double *out)
{
    FILE *f = open_data("vectors.csv");
    char line[256], id[64], value[64];
    size_t n = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63[^,],%*d,%63s", id, value) != 2 || strcmp(id, name) != 0) continue;
        if (n < MAX_VALUES) out[n++] = strtod(value, NULL);
    }
    if (f) fclose(f);
    return n;
}

/* Q-3 … Q-11: tests/unit/stats/data was made with R 4.2.2 quantile(). */
static void test_all_types_equal_r(void)
{
    FILE *f = open_data("quantiles.csv");
    char line[256], id[64], last[64] = "";
    double values[MAX_VALUES], copy[MAX_VALUES], p, want;
    size_t n = 0, checked = 0;
    int used, type;
    CHECK(f != NULL);
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63[^,],%*d,%d,%d,%lf,%lf", id, &used, &type, &p, &want) != 5) continue;
        if (strcmp(id, last) != 0) n = read_vector(strcpy(last, id), values);
        CHECK_INT(n, used);
        memcpy(copy, values, n * sizeof *copy);
        CHECK_NEAR(cyn_quantile(copy, n, p, type), want, 1e-12);
        checked++;
    }
    if (f) fclose(f);
    CHECK_INT(checked, 11 * 9 * 14);
}

/* n · 0.07 is 70000.00000000001 in doubles; the rank is 70000 all the same. */
static void test_a_whole_rank_is_met_in_large_samples(void)
{
    size_t n = 1000000;
    double *x = malloc(n * sizeof *x);
    for (int type = 1; type <= 3; type++) {
        for (size_t i = 0; i < n; i++)
            x[i] = (double)(n - i);
        CHECK_NEAR(cyn_quantile(x, n, 7 / 100.0, type), type == 2 ? 70000.5 : 70000, 0);
    }
    free(x);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint64_t state = 1;
static uint64_t next_random(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

enum { SORTED, REVERSED, EQUAL, ORGAN_PIPE, TWO_VALUES, RANDOM, SHAPES };

static double shaped(int shape, size_t i, size_t n)
{
    switch (shape) {
    case SORTED: return (double)i;
    case REVERSED: return (double)(n - i);
    case EQUAL: return 7;
    case ORGAN_PIPE: return (double)(i < n / 2 ? i : n - i);
    case TWO_VALUES: return (double)(i % 2);
    default: return (double)(next_random() % (2 * n));
    }
}

/* Type 1 is the inverse of the empirical distribution: an element of the sorted sample. */
static void test_selection_equals_sorting_in_every_order(void)
{
    double x[1500], sorted[1500];
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t n = 1; n <= 1500; n = n * 3 / 2 + 1) {
            for (size_t k = 0; k < n; k += 1 + n / 9) {
                for (size_t i = 0; i < n; i++)
                    sorted[i] = x[i] = shaped(shape, i, n);
                qsort(sorted, n, sizeof *sorted, ascending);
                double p = (double)(k + 1) / (double)n;
                CHECK_NEAR(cyn_quantile(x, n, p, 1), sorted[k], 0);
                qsort(x, n, sizeof *x, ascending); /* nothing was lost or doubled */
                CHECK(!memcmp(x, sorted, n * sizeof *x));
            }
        }
    }
}

/* Quadratic selection would take minutes here; the time limit of the test is the check. */
static void test_selection_is_linear_in_large_samples(void)
{
    size_t n = 1000000;
    double *x = malloc(n * sizeof *x);
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t i = 0; i < n; i++)
            x[i] = shaped(shape, i, n);
        double least = cyn_quantile(x, n, 0, 7), middle = cyn_quantile(x, n, 0.5, 7);
        CHECK(least <= middle && middle <= cyn_quantile(x, n, 1, 7));
        if (shape == SORTED) CHECK_NEAR(middle, 499999.5, 0);
    }
    free(x);
}

static void test_extremes_do_not_overflow(void)
{
    double x[] = {1.7e308, -1.7e308};
    CHECK_NEAR(cyn_quantile(x, 2, 0.5, 7), 0, 0);
    double y[] = {-1.7e308, 1.7e308};
    CHECK_NEAR(cyn_quantile(y, 2, 0.75, 7), 0.85e308, 1e-15);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Large samples take bounds from a sample; few different values, or sorted ones, test those. */
static void test_several_at_once_equal_sorting(void)
{
    enum { N = 200000 };
    const double p[] = {0.99, 0.5, 0, 0.5, 0.001, 1, 0.95, 0.05};
    const uint32_t different[] = {1, 3, 40, 5000, UINT32_MAX};
    double *x = malloc(N * sizeof *x), *sorted = malloc(N * sizeof *sorted);
    uint64_t seed = 5;
    for (size_t d = 0; d < 15; d++) {
        size_t n = d % 3 == 2 ? 37 : N;
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            x[i] = (double)((seed >> 32) % different[d / 3]);
            if (d % 3 == 1) x[i] = floor((double)i * different[d / 3] / N);
        }
        memcpy(sorted, x, n * sizeof *x);
        qsort(sorted, n, sizeof *sorted, by_size);
        cyn_quantile_ask asks[8];
        for (size_t i = 0; i < 8; i++)
            asks[i] = (cyn_quantile_ask){.p = p[i], .type = i % 2 ? 7 : 2};
        cyn_quantiles(x, n, asks, 8);
        for (size_t i = 0; i < 8; i++) {
            cyn_rank at = cyn_quantile_rank(n, p[i], asks[i].type);
            double want = cyn_quantile_between(sorted[at.low], sorted[at.high], at.h);
            CHECK_NEAR(asks[i].value, want, 0);
        }
    }
    free(x);
    free(sorted);
}

/* One after the other, from the last to the first. */
static void share(size_t workers, size_t ntasks, void *self,
                  void (*task)(void *self, size_t worker, size_t task))
{
    while (ntasks-- > 0)
        task(self, ntasks % workers, ntasks);
}

static double random_value(uint64_t *seed, uint32_t different)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)((*seed >> 32) % different);
}

/* As many runs of n values in all, of lengths from none to many, in any order of memory: as they
 * lie, with some that are not known, or some that are noted. What counts goes to `kept`. */
typedef struct lying {
    double *x, *kept;
    size_t nkept;
    cyn_run *runs;
    uint16_t *notes;
    uint64_t *known;
} lying;

static void lay_run(lying *l, size_t r, size_t from, size_t n, uint64_t *rng)
{
    cyn_run *run = &l->runs[r];
    *run = (cyn_run){.before = r ? run - 1 : NULL, .value = l->x + from, .n = n};
    if (r % 3 == 1) {
        run->known = l->known;
        run->first = from;
    } else if (r % 3 == 2) {
        run->at = l->notes + from;
        run->n = 0;
        for (size_t i = 0; i < n; i++)
            if ((uint32_t)random_value(rng, 3)) l->notes[from + run->n++] = (uint16_t)i;
    }
    l->nkept += cyn_run_copy(run, l->kept + l->nkept);
}

static void test_values_in_runs_equal_values_side_by_side(void)
{
    enum { N = 150000, RUNS = 200, ASKS = 6 };
    const uint32_t different[] = {1, 3, 5000, UINT32_MAX, UINT32_MAX, 70000};
    const double p[ASKS] = {0.5, 0.99, 0, 1, 0.25, 0.75};
    double *same = malloc(N * sizeof *same);
    lying l = {.x = malloc(N * sizeof *l.x),
               .kept = malloc(N * sizeof *l.kept),
               .runs = calloc(RUNS, sizeof *l.runs),
               .notes = malloc(N * sizeof *l.notes),
               .known = calloc(N / 64 + 1, sizeof *l.known)};
    uint64_t rng = 11;
    for (size_t d = 0; d < 6; d++) {
        for (size_t i = 0; i < N; i++)
            l.x[i] = random_value(&rng, different[d]);
        for (size_t i = 0; i < N / 64 + 1; i++)
            l.known[i] = next_random() | next_random();
        if (d == 4) qsort(l.x, N, sizeof *l.x, by_size); /* what is between bounds side by side */
        memcpy(same, l.x, N * sizeof *same);
        l.nkept = 0;
        for (size_t r = 0, from = 0, n; r < RUNS; r++, from += n) {
            n = r + 1 == RUNS ? N - from : (size_t)random_value(&rng, N / RUNS);
            lay_run(&l, r, from, n, &rng);
        }
        cyn_quantile_ask asks[ASKS];
        for (size_t i = 0; i < ASKS; i++)
            asks[i] = (cyn_quantile_ask){.p = p[i], .type = 7};
        const cyn_hands hands = {.n = d + 1, .share = share};
        const cyn_run *last = &l.runs[RUNS - 1];
        bool found = cyn_quantiles_of_runs(last, l.nkept, asks, ASKS, d % 3 ? &hands : NULL);
        CHECK(found || different[d] < 5000); /* an extreme that most values equal is left alone */
        CHECK(memcmp(l.x, same, N * sizeof *same) == 0);
        qsort(l.kept, l.nkept, sizeof *l.kept, by_size);
        for (size_t i = 0; found && i < ASKS; i++) {
            cyn_rank at = cyn_quantile_rank(l.nkept, p[i], 7);
            double want = cyn_quantile_between(l.kept[at.low], l.kept[at.high], at.h);
            CHECK_NEAR(asks[i].value, want, 0);
        }
    }
    CHECK(!cyn_quantiles_of_runs(&(cyn_run){.value = same, .n = 3}, 3,
                                 &(cyn_quantile_ask){.type = 7}, 1, NULL));
    free(l.known);
    free(l.notes);
    free(l.runs);
    free(l.kept);
    free(l.x);
    free(same);
}

/* Nothing of the sample is known: no bounds, and no wrong answer. */
static void test_a_sample_that_meets_gaps_only_is_no_answer(void)
{
    enum { N = 1 << 18, STEP = N >> 12 };
    double *x = malloc(N * sizeof *x);
    uint64_t *known = calloc(N / 64, sizeof *known);
    for (size_t i = 0; i < N; i++) {
        x[i] = i % STEP ? (double)(i % 1000) : NAN;
        known[i / 64] |= (uint64_t)(i % STEP != 0) << i % 64;
    }
    cyn_quantile_ask ask = {.p = 0.5, .type = 1};
    const cyn_run run = {.value = x, .known = known, .n = N};
    CHECK(!cyn_quantiles_of_runs(&run, N - N / STEP, &ask, 1, NULL));
    free(known);
    free(x);
}

int main(void)
{
    RUN(test_all_types_equal_r);
    RUN(test_a_whole_rank_is_met_in_large_samples);
    RUN(test_selection_equals_sorting_in_every_order);
    RUN(test_selection_is_linear_in_large_samples);
    RUN(test_extremes_do_not_overflow);
    RUN(test_several_at_once_equal_sorting);
    RUN(test_values_in_runs_equal_values_side_by_side);
    RUN(test_a_sample_that_meets_gaps_only_is_no_answer);
    return test_end();
}
