/* docs/numerics.md C-8, C-10 … C-12: verdicts on drivers, and their ranking. */
#include "test.h"
#include "tree/evidence.h"

#define N 40

/* Steps of its own for each k; no two alike. */
static double step(int i, int k)
{
    return (double)((i * 7 + k * 13 + i * i * (k + 3)) % 23 - 11);
}

/* What x did `lag` periods before moves y by `by`. */
static void series(double *x, double *y, int lag, double by)
{
    double a = 0, b = 0;
    for (int i = 0; i < N; i++) {
        a += step(i, 1);
        b += (i >= lag ? by * step(i - lag, 1) : 0) + 0.1 * step(i, 4);
        x[i] = a;
        y[i] = b;
    }
}

static cyn_evidence judge(cyn_direction expected, const double *x, const double *y, size_t n)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evidence e = {.expected = expected};
    CHECK_INT(cyn_evidence_judge(&e, x, y, n, 3, 12, arena, NULL), CYN_OK);
    cyn_arena_free(arena);
    return e;
}

static void test_the_sign_is_held_against_what_was_expected(void)
{
    double x[N], y[N], z[N];
    series(x, y, 2, 1);
    series(x, z, 1, -1);
    CHECK_INT(judge(CYN_UP, x, y, N).verdict, CYN_AS_EXPECTED);
    CHECK_INT(judge(CYN_DOWN, x, y, N).verdict, CYN_OPPOSITE);
    CHECK_INT(judge(CYN_DIRECTION_NONE, x, y, N).verdict, CYN_RELATED);
    CHECK_INT(judge(CYN_DOWN, x, z, N).verdict, CYN_AS_EXPECTED);
    CHECK_INT(judge(CYN_UP, x, z, N).verdict, CYN_OPPOSITE);
    CHECK_INT(judge(CYN_UP, x, y, N).correlation.lag, 2);
    CHECK_INT(judge(CYN_UP, x, z, N).correlation.lag, 1);
}

static void test_what_moves_by_itself_is_unrelated(void)
{
    double x[N], y[N];
    series(x, y, 0, 0);
    CHECK_INT(judge(CYN_UP, x, y, N).verdict, CYN_UNRELATED);
    CHECK_NEAR(cyn_evidence_distance(&(cyn_evidence){0}), 0, 0);
    cyn_evidence e = judge(CYN_UP, x, y, N);
    CHECK_NEAR(cyn_evidence_distance(&e), 0, 0);
}

static void test_a_short_history_says_how_much_it_takes(void)
{
    double x[N], y[N];
    series(x, y, 0, 1);
    cyn_evidence e = judge(CYN_UP, x, y, 6);
    CHECK_INT(e.verdict, CYN_TOO_SHORT);
    CHECK_INT(e.has, 6);
    CHECK(e.needs >= 9); /* 8 differences take 9 values, more where they have a memory */
    e = judge(CYN_UP, x, y, 0);
    CHECK_INT(e.verdict, CYN_TOO_SHORT);
    CHECK_INT(e.has, 0);
    CHECK_INT(e.needs, 9);
}

static void test_what_never_varies_is_called_so(void)
{
    double x[N], y[N];
    series(x, y, 0, 1);
    for (int i = 0; i < N; i++)
        x[i] = 7;
    CHECK_INT(judge(CYN_UP, x, y, N).verdict, CYN_UNVARYING);
}

static cyn_evidence evidence(const cyn_metric *m, cyn_verdict verdict, double low, double high)
{
    return (cyn_evidence){
        .metric = m, .verdict = verdict, .correlation = {.enough = true, .low = low, .high = high}};
}

static void test_candidates_come_by_layer_then_by_their_distance_from_0(void)
{
    static const cyn_metric late = {.name = "late", .sheet = {.layer = CYN_LAGGING}},
                            near = {.name = "near", .sheet = {.layer = CYN_LEADING}},
                            far = {.name = "far", .sheet = {.layer = CYN_LEADING}},
                            none = {.name = "none"},
                            beside = {.name = "beside", .sheet = {.layer = CYN_COINCIDENT}},
                            loose = {.name = "loose", .sheet = {.layer = CYN_LEADING}},
                            young = {.name = "young", .sheet = {.layer = CYN_LEADING}};
    cyn_evidence list[] = {
        evidence(&young, CYN_TOO_SHORT, 0, 0),        evidence(&none, CYN_RELATED, 0.8, 0.9),
        evidence(&loose, CYN_UNRELATED, -0.1, 0.9),   evidence(&late, CYN_AS_EXPECTED, 0.7, 0.9),
        evidence(&near, CYN_AS_EXPECTED, 0.05, 0.99), evidence(&beside, CYN_OPPOSITE, 0.3, 0.6),
        evidence(&far, CYN_AS_EXPECTED, -0.9, -0.4),
    };
    const char *const order[] = {"far", "near", "beside", "late", "none", "loose", "young"};
    CHECK_INT(cyn_evidence_rank(list, 7), 5);
    for (int i = 0; i < 7; i++)
        CHECK_STR(list[i].metric->name, order[i]);
    CHECK_NEAR(cyn_evidence_distance(&list[0]), 0.4, 0);
}

int main(void)
{
    RUN(test_the_sign_is_held_against_what_was_expected);
    RUN(test_what_moves_by_itself_is_unrelated);
    RUN(test_a_short_history_says_how_much_it_takes);
    RUN(test_what_never_varies_is_called_so);
    RUN(test_candidates_come_by_layer_then_by_their_distance_from_0);
    return test_end();
}
