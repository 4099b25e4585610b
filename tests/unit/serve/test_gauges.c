#include "serve/gauges.h"
#include "test.h"
#include <pthread.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 20000 };

/* The value of the line that begins with `name` and a blank; NAN: there is none. */
static double value_of(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL)
        if (strncmp(p, name, n) == 0 && p[n] == ' ') return strtod(p + n, NULL);
    return NAN;
}

static void test_counters_add_and_gauges_are_set(void)
{
    cyn_gauges *g = cyn_gauges_new();
    cyn_gauges_add(g, CYN_COUNT_ROWS, 5);
    cyn_gauges_add(g, CYN_COUNT_ROWS, 7);
    cyn_gauges_set(g, CYN_GAUGE_FIRING, 3);
    cyn_gauges_set(g, CYN_GAUGE_FIRING, 2);
    CHECK_INT(cyn_gauges_get(g, CYN_COUNT_ROWS), 12);
    CHECK_INT(cyn_gauges_get(g, CYN_GAUGE_FIRING), 2);
    CHECK_INT(cyn_gauges_get(g, CYN_COUNT_BYTES), 0);
    cyn_gauges_free(g);
}

static void test_a_quantile_is_the_bound_that_it_lies_below(void)
{
    cyn_gauges *g = cyn_gauges_new();
    CHECK_NEAR(cyn_gauges_quantile(g, CYN_SECONDS_LOAD, 0.5), -1, 0);
    for (int i = 0; i < 98; i++)
        cyn_gauges_observe(g, CYN_SECONDS_LOAD, 900); /* µs */
    cyn_gauges_observe(g, CYN_SECONDS_LOAD, 10000);
    cyn_gauges_observe(g, CYN_SECONDS_LOAD, INT64_C(20000) * 1000000);
    CHECK_NEAR(cyn_gauges_quantile(g, CYN_SECONDS_LOAD, 0.5), 0.001, 0);
    CHECK_NEAR(cyn_gauges_quantile(g, CYN_SECONDS_LOAD, 0.99), 0.01, 0);
    CHECK(isinf(cyn_gauges_quantile(g, CYN_SECONDS_LOAD, 1)));
    cyn_gauges_free(g);
}

static void test_buckets_are_cumulative_and_hold_their_bounds(void)
{
    cyn_gauges *g = cyn_gauges_new();
    cyn_buf out = {0};
    static const int64_t micros[] = {-5, 1000, 1001, 4 * INT64_C(3600000000)};
    for (size_t i = 0; i < 4; i++)
        cyn_gauges_observe(g, CYN_SECONDS_REQUEST, micros[i]);
    cyn_gauges_write(g, &out);
    CHECK(!out.failed);
#define BUCKET(le)                                                                                 \
    value_of(out.data, "cynosure_http_request_duration_seconds_bucket{le=\"" le "\"}")
    CHECK_NEAR(BUCKET("0.001"), 2, 0);
    CHECK_NEAR(BUCKET("0.0025"), 3, 0);
    CHECK_NEAR(BUCKET("3600"), 3, 0);
    CHECK_NEAR(BUCKET("14400"), 4, 0);
    CHECK_NEAR(BUCKET("+Inf"), 4, 0);
    CHECK_NEAR(value_of(out.data, "cynosure_http_request_duration_seconds_count"), 4, 0);
    CHECK_NEAR(value_of(out.data, "cynosure_http_request_duration_seconds_sum"), 14400.002001, 0);
    cyn_buf_clear(&out);
    cyn_gauges_free(g);
}

static void test_every_family_has_its_help_its_type_and_a_value(void)
{
    cyn_gauges *g = cyn_gauges_new();
    cyn_buf out = {0};
    cyn_gauges_write(g, &out);
    int helps = 0, types = 0;
    for (const char *p = out.data; (p = strstr(p, "# HELP ")); p++)
        helps++;
    for (const char *p = out.data; (p = strstr(p, "# TYPE ")); p++)
        types++;
    CHECK(helps >= CYN_GAUGES + CYN_HISTOGRAMS);
    CHECK_INT(types, helps);
    CHECK(strstr(out.data, "(null)") == NULL);
    CHECK(strstr(out.data, "# TYPE cynosure_evaluations_total counter\n") != NULL);
    CHECK(strstr(out.data, "# TYPE cynosure_queue_metrics gauge\n") != NULL);
    cyn_buf_clear(&out);
    cyn_gauges_free(g);
}

static void test_the_process_is_described_as_the_system_sees_it(void)
{
    cyn_gauges *g = cyn_gauges_new();
    cyn_buf out = {0};
    int fd[2];
    CHECK_INT(pipe(fd), 0);
    cyn_gauges_write(g, &out);
    double before = value_of(out.data, "process_open_fds");
    CHECK(before >= 4); /* three, and the pipe's two at least */
    double started = value_of(out.data, "process_start_time_seconds");
    CHECK(fabs((double)time(NULL) - started) < 600);
    CHECK(value_of(out.data, "process_resident_memory_bytes") > 100000);
    CHECK(value_of(out.data, "process_cpu_seconds_total") >= 0);
    CHECK(value_of(out.data, "process_max_fds") >= before);
    close(fd[0]);
    close(fd[1]);
    cyn_buf_reset(&out);
    cyn_gauges_write(g, &out);
    CHECK_NEAR(value_of(out.data, "process_open_fds"), before - 2, 0);
    cyn_buf_clear(&out);
    cyn_gauges_free(g);
}

static void *busy(void *self)
{
    cyn_gauges *g = self;
    for (int i = 0; i < ROUNDS; i++) {
        cyn_gauges_add(g, CYN_COUNT_REQUESTS, 1);
        cyn_gauges_set(g, CYN_GAUGE_FIRING, i);
        cyn_gauges_observe(g, CYN_SECONDS_REQUEST, i % 100 * 100);
    }
    return NULL;
}

static void test_threads_lose_nothing_and_a_reader_sees_whole_histograms(void)
{
    cyn_gauges *g = cyn_gauges_new();
    cyn_buf out = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, busy, g), 0);
    for (int i = 0; i < 20; i++) {
        cyn_buf_reset(&out);
        cyn_gauges_write(g, &out);
        CHECK_NEAR(value_of(out.data, "cynosure_http_request_duration_seconds_count"),
                   BUCKET("+Inf"), 0);
        CHECK(BUCKET("0.0025") <= BUCKET("+Inf"));
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(cyn_gauges_get(g, CYN_COUNT_REQUESTS), THREADS * ROUNDS);
    CHECK_INT(cyn_gauges_get(g, CYN_GAUGE_FIRING), ROUNDS - 1);
    cyn_buf_reset(&out);
    cyn_gauges_write(g, &out);
    CHECK_NEAR(BUCKET("+Inf"), THREADS * ROUNDS, 0);
    cyn_buf_clear(&out);
    cyn_gauges_free(g);
}

int main(void)
{
    RUN(test_counters_add_and_gauges_are_set);
    RUN(test_a_quantile_is_the_bound_that_it_lies_below);
    RUN(test_buckets_are_cumulative_and_hold_their_bounds);
    RUN(test_every_family_has_its_help_its_type_and_a_value);
    RUN(test_the_process_is_described_as_the_system_sees_it);
    RUN(test_threads_lose_nothing_and_a_reader_sees_whole_histograms);
    return test_end();
}
