/* Sharing out a change over segments (docs/numerics.md, X-12 … X-14). */
#include "test.h"
#include "tree/segments.h"
#include "tree/why.h"

static cyn_arena *arena;

static cyn_segment_parts decompose(cyn_segment_change total, const cyn_segment_change *segments,
                                   size_t n, bool additive)
{
    cyn_segment_parts p = {0};
    if (cyn_decompose_segments(&total, segments, n, additive, arena, &p, NULL) != CYN_OK) exit(2);
    return p;
}

/* Numerators and denominators before and after; no value without a denominator. */
static cyn_segment_change ratio(double n0, double d0, double n1, double d1)
{
    return (cyn_segment_change){d0 ? n0 / d0 : NAN, d1 ? n1 / d1 : NAN, n0, n1, d0, d1, 0, 0};
}

static cyn_segment_change amount(double before, double after)
{
    return (cyn_segment_change){before, after, NAN, NAN, NAN, NAN, 0, 0};
}

static void check_sum(const cyn_segment_parts *p, size_t n)
{
    double sum = p->residual;
    for (size_t i = 0; i < n; i++)
        sum += p->items[i].part;
    CHECK_NEAR(sum, p->change, 1e-12);
}

/* Every segment's rate rises, and the total falls, for the weak one grew. */
static void test_a_reversal_by_the_mix(void)
{
    cyn_segment_change s[] = {ratio(200, 500, 84, 200), ratio(50, 500, 88, 800)};
    cyn_segment_parts p = decompose(ratio(250, 1000, 172, 1000), s, 2, false);
    CHECK_INT(p.method, CYN_METHOD_RATE_MIX);
    CHECK_NEAR(p.rate, 0.0135, 1e-12);
    CHECK_NEAR(p.mix, -0.0915, 1e-12);
    CHECK_NEAR(p.change, -0.078, 1e-12);
    CHECK_NEAR(p.residual, 0, 0);
    CHECK_NEAR(p.items[0].rate, 0.35 * 0.02, 1e-12);
    CHECK_NEAR(p.items[1].rate, 0.65 * 0.01, 1e-12);
    /* Against the average ratio of 0.211: leaving a strong segment costs, and so does a weak one
     * that grows. */
    CHECK_NEAR(p.items[0].mix, (0.41 - 0.211) * -0.3, 1e-12);
    CHECK_NEAR(p.items[1].mix, (0.105 - 0.211) * 0.3, 1e-12);
    CHECK_NEAR(p.items[0].gain, 0.35, 1e-15);
    CHECK_NEAR(p.items[0].weight_before, 0.5, 0);
    CHECK_NEAR(p.items[0].weight_after, 0.2, 0);
    check_sum(&p, 2);
}

static void test_new_and_vanished_segments_are_mix(void)
{
    cyn_segment_change s[] = {ratio(20, 100, 30, 100), ratio(0, 0, 40, 100), ratio(5, 100, 0, 0),
                              ratio(0, 0, 0, 0)};
    cyn_segment_parts p = decompose(ratio(25, 200, 70, 200), s, 4, false);
    double average = (0.125 + 0.35) / 2;
    CHECK_INT(p.items[0].state, CYN_SEGMENT_STAYS);
    CHECK_INT(p.items[1].state, CYN_SEGMENT_NEW);
    CHECK_INT(p.items[2].state, CYN_SEGMENT_VANISHED);
    CHECK_INT(p.items[3].state, CYN_SEGMENT_STAYS);
    CHECK_NEAR(p.items[1].rate, 0, 0);
    CHECK_NEAR(p.items[1].mix, (0.4 - average) * 0.5, 1e-12);
    CHECK_NEAR(p.items[2].rate, 0, 0);
    CHECK_NEAR(p.items[2].mix, (0.05 - average) * -0.5, 1e-12);
    CHECK_NEAR(p.items[3].part, 0, 0);
    check_sum(&p, 4);
    CHECK_NEAR(p.residual, 0, 0);
}

/* Purchases and refunds that cancel out, X-14. */
static void test_a_segment_whose_rows_add_up_to_0_is_there(void)
{
    cyn_segment_change s[] = {amount(0, 30), amount(20, 0), amount(0, 10), amount(5, NAN)};
    s[0].rows_before = 2;
    s[1].rows_after = 3;
    cyn_segment_parts p = decompose(amount(25, 40), s, 4, true);
    CHECK_INT(p.items[0].state, CYN_SEGMENT_STAYS);
    CHECK_INT(p.items[1].state, CYN_SEGMENT_STAYS);
    CHECK_INT(p.items[2].state, CYN_SEGMENT_NEW);
    CHECK_INT(p.items[3].state, CYN_SEGMENT_VANISHED);
    check_sum(&p, 4);
}

/* */
static void test_what_is_beyond_doubles_has_no_parts(void)
{
    cyn_segment_change s[] = {amount(-1e308, 1e308), amount(1e308, -1e308)};
    cyn_segment_parts p = decompose(amount(0, 0), s, 2, true);
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, "a difference is larger than the largest number");
    CHECK_NEAR(p.items[0].part, NAN, 0);
    CHECK_NEAR(p.residual, NAN, 0);
}

/* A user counted in two segments: their numerators and denominators do not add up to the total. */
static void test_what_segments_do_not_explain_is_the_residual(void)
{
    cyn_segment_change s[] = {ratio(20, 100, 30, 100), ratio(10, 100, 40, 100)};
    cyn_segment_parts p = decompose(ratio(28, 180, 66, 190), s, 2, false);
    CHECK_INT(p.method, CYN_METHOD_RATE_MIX);
    CHECK_NEAR(p.residual, (66.0 / 190 - 0.35) - (28.0 / 180 - 0.15), 1e-12);
    check_sum(&p, 2);
}

static void test_a_numerator_without_denominator_is_residual(void)
{
    cyn_segment_change s[] = {ratio(20, 100, 30, 100), ratio(10, 0, 12, 50)};
    cyn_segment_parts p = decompose(ratio(30, 100, 42, 150), s, 2, false);
    CHECK_INT(p.items[1].state, CYN_SEGMENT_STAYS); /* there was something of it */
    CHECK_NEAR(p.residual, -0.1, 1e-12);
    check_sum(&p, 2);
}

static void test_sums_share_themselves_out(void)
{
    cyn_segment_change s[] = {amount(100, 150), amount(NAN, 30), amount(80, NAN), amount(0, 0)};
    cyn_segment_parts p = decompose(amount(180, 180), s, 4, true);
    CHECK_INT(p.method, CYN_METHOD_ADDITIVE);
    CHECK_NEAR(p.items[0].part, 50, 0);
    CHECK_NEAR(p.items[1].part, 30, 0);
    CHECK_NEAR(p.items[2].part, -80, 0);
    CHECK_INT(p.items[1].state, CYN_SEGMENT_NEW);
    CHECK_INT(p.items[2].state, CYN_SEGMENT_VANISHED);
    CHECK_NEAR(p.items[0].gain, 1, 0);
    CHECK_NEAR(p.items[0].rate, NAN, 0);
    CHECK_NEAR(p.rate, NAN, 0);
    CHECK_NEAR(p.change, 0, 0); /* nothing is divided by it */
    CHECK_NEAR(p.residual, 0, 0);
    p = decompose(amount(180, 181), s, 4, true); /* rows without a segment, say */
    CHECK_NEAR(p.residual, 1, 0);
    check_sum(&p, 4);
}

static void test_values_that_happen_to_add_up_are_a_sum(void)
{
    cyn_segment_change s[] = {amount(0.1, 1), amount(0.2, 2)};
    cyn_segment_parts p = decompose(amount(0.3, 3), s, 2, false);
    CHECK_INT(p.method, CYN_METHOD_ADDITIVE);
    CHECK_NEAR(p.residual, 0, 0);
    p = decompose(amount(0.3, 2.9), s, 2, false); /* distinct users, a percentile */
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, cyn_why_labels[CYN_WHY_SEGMENTS_OVERLAP].en);
    CHECK_NEAR(p.items[0].part, NAN, 0);
    CHECK_NEAR(p.residual, NAN, 0);
}

/* count / 7 has a denominator, which is no weight. */
static void test_a_sum_divided_by_a_constant_is_a_sum(void)
{
    cyn_segment_change s[] = {ratio(70, 7, 77, 7), ratio(14, 7, 21, 7)};
    cyn_segment_parts p = decompose(ratio(84, 7, 98, 7), s, 2, false);
    CHECK_INT(p.method, CYN_METHOD_ADDITIVE);
    CHECK_NEAR(p.items[0].part, 1, 1e-15);
    check_sum(&p, 2);
    p = decompose(ratio(70, 7, 77, 7), s, 1, true);
    CHECK_INT(p.method, CYN_METHOD_ADDITIVE);
    CHECK_NEAR(p.items[0].part, 1, 1e-15);
}

/* Of one segment alone both are true: it is a ratio. */
static void test_one_segment_of_a_ratio_is_a_ratio(void)
{
    cyn_segment_change s[] = {ratio(20, 100, 30, 120)};
    cyn_segment_parts p = decompose(s[0], s, 1, false);
    CHECK_INT(p.method, CYN_METHOD_RATE_MIX);
    CHECK_NEAR(p.items[0].rate, 0.05, 1e-14);
    CHECK_NEAR(p.items[0].mix, 0, 0);
}

static void check_none(cyn_segment_parts p, cyn_why why)
{
    CHECK_INT(p.method, CYN_METHOD_NONE);
    CHECK_STR(p.why, cyn_why_labels[why].en);
    CHECK_NEAR(p.items[0].part, NAN, 0);
}

static void test_what_cannot_be_shared_out_says_why(void)
{
    cyn_segment_change s[] = {ratio(20, 100, 30, 100), ratio(10, -50, 12, 50)};
    cyn_segment_change unknown[] = {ratio(NAN, 100, 30, 100), ratio(10, 50, 12, 50)};
    cyn_segment_change none[] = {ratio(0, 0, 30, 100)};
    check_none(decompose(ratio(30, 50, NAN, 150), s, 2, false), CYN_WHY_NO_TOTAL);
    check_none(decompose(ratio(30, 50, 42, 150), s, 2, false), CYN_WHY_SEGMENTS_WEIGHT);
    check_none(decompose(ratio(30, 50, 42, 150), none, 1, false), CYN_WHY_SEGMENTS_WEIGHT);
    check_none(decompose(ratio(30, 150, 42, 150), unknown, 2, false), CYN_WHY_SEGMENTS_RATIO_NONE);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_a_reversal_by_the_mix);
    RUN(test_new_and_vanished_segments_are_mix);
    RUN(test_a_segment_whose_rows_add_up_to_0_is_there);
    RUN(test_what_is_beyond_doubles_has_no_parts);
    RUN(test_what_segments_do_not_explain_is_the_residual);
    RUN(test_a_numerator_without_denominator_is_residual);
    RUN(test_sums_share_themselves_out);
    RUN(test_values_that_happen_to_add_up_are_a_sum);
    RUN(test_a_sum_divided_by_a_constant_is_a_sum);
    RUN(test_one_segment_of_a_ratio_is_a_ratio);
    RUN(test_what_cannot_be_shared_out_says_why);
    cyn_arena_free(arena);
    return test_end();
}
