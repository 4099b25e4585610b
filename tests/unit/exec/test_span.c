/* Spans against their definition: which intervals hold this instant, asked one by one. */
#include "exec/span_impl.h"
#include "test.h"

enum { TIMES = 20, MOST = 12 };

static uint64_t seed = 7;

static int64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 33) % below);
}

/* A tenth are all of time, a tenth have no beginning; some end before they begin. */
static size_t draw_intervals(cyn_interval *in)
{
    size_t n = 1 + (size_t)draw(MOST);
    for (size_t i = 0; i < n; i++) {
        int64_t kind = draw(10);
        in[i] = (cyn_interval){draw(TIMES), draw(TIMES)};
        if (kind < 2) in[i].start = CYN_TIME_MIN;
        if (kind == 0) in[i].end = CYN_TIME_MAX;
    }
    return n;
}

/* How often the stretches of a span name an interval. */
static int named(const cyn_spans *s, size_t span, size_t interval)
{
    int times = 0;
    for (size_t k = s->first[span]; k < s->first[span + 1]; k++)
        times += s->covered[k].from <= interval && interval < s->covered[k].to;
    return times;
}

static void check_instant(const cyn_spans *s, const cyn_interval *in, size_t n, int64_t at)
{
    cyn_interval around;
    int64_t span = cyn_spans_find(s, at, &around);
    CHECK(around.start <= at && at < around.end);
    for (size_t i = 0; i < n; i++) {
        int holds = in[i].start <= at && at < in[i].end;
        int found = span < 0 ? 0 : s->cut ? named(s, (size_t)span, i) : span == (int64_t)i;
        CHECK_INT(found, holds);
    }
}

static void test_a_span_names_the_intervals_that_hold_it(void)
{
    for (int round = 0; round < 5000; round++) {
        cyn_interval in[MOST];
        size_t n = draw_intervals(in), timeless = 0;
        cyn_arena *arena = cyn_arena_new(0);
        cyn_spans s;
        CHECK_INT(cyn_spans_init(&s, in, n, arena, NULL), CYN_OK);
        for (int64_t at = -1; at <= TIMES; at++)
            check_instant(&s, in, n, at);
        for (size_t i = 0; i < n; i++) {
            bool all = in[i].start == CYN_TIME_MIN && in[i].end == CYN_TIME_MAX;
            timeless += all;
            if (s.timeless) CHECK_INT(named(&s, s.n, i), all);
        }
        CHECK(s.timeless == (timeless > 0));
        cyn_arena_free(arena);
    }
}

/* A year of days, each with the 28 days before it: what a span costs is what covers it. */
static void test_rolling_windows_are_one_stretch_for_each_span(void)
{
    enum { DAYS = 20000 };
    cyn_arena *arena = cyn_arena_new(0);
    cyn_interval *in = CYN_NEW_ARRAY(arena, DAYS, cyn_interval);
    for (int64_t i = 0; i < DAYS; i++)
        in[i] = (cyn_interval){i - 27, i + 1};
    cyn_spans s;
    CHECK_INT(cyn_spans_init(&s, in, DAYS, arena, NULL), CYN_OK);
    CHECK_INT(s.n, DAYS + 27);
    CHECK_INT(s.first[s.n], s.n);
    CHECK_INT(s.covered[100].from, 73);
    CHECK_INT(s.covered[100].to, 101);
    cyn_arena_free(arena);
}

int main(void)
{
    RUN(test_a_span_names_the_intervals_that_hold_it);
    RUN(test_rolling_windows_are_one_stretch_for_each_span);
    return test_end();
}
