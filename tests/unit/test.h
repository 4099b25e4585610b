/* The unit tests' harness: TAP on standard output, no dependency.
 *
 *     static void test_adds(void) { CHECK_INT(2 + 2, 4); }
 *     int main(void) { RUN(test_adds); return test_end(); }
 *
 * A failing CHECK prints its place and goes on; the test that holds it fails.
 */
#pragma once
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_number, test_failures, test_failed_here;

static inline void test_report(int ok, const char *file, int line, const char *what)
{
    if (ok) return;
    test_failed_here = 1;
    printf("# %s:%d: %s\n", file, line, what);
}

#define CHECK(cond) test_report(!!(cond), __FILE__, __LINE__, #cond)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        char text_[256];                                                                           \
        snprintf(text_, sizeof text_, "%s: got %lld, expected %lld", #got, got_, want_);           \
        test_report(got_ == want_, __FILE__, __LINE__, text_);                                     \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        char text_[2048];                                                                          \
        snprintf(text_, sizeof text_, "%s: got \"%s\", expected \"%s\"", #got,                     \
                 got_ ? got_ : "(null)", want_ ? want_ : "(null)");                                \
        test_report((!got_ && !want_) || (got_ && want_ && !strcmp(got_, want_)), __FILE__,        \
                    __LINE__, text_);                                                              \
    } while (0)

/* Equal to a relative difference; NaN equals NaN. */
#define CHECK_NEAR(got, want, tolerance)                                                           \
    do {                                                                                           \
        double got_ = (got), want_ = (want), tol_ = (tolerance);                                   \
        char text_[256];                                                                           \
        snprintf(text_, sizeof text_, "%s: got %.17g, expected %.17g", #got, got_, want_);         \
        int ok_ = (isnan(got_) && isnan(want_)) || got_ == want_ ||                                \
                  fabs(got_ - want_) <= tol_ * fmax(fabs(got_), fabs(want_));                      \
        test_report(ok_, __FILE__, __LINE__, text_);                                               \
    } while (0)

#define RUN(fn)                                                                                    \
    do {                                                                                           \
        test_failed_here = 0;                                                                      \
        fn();                                                                                      \
        test_failures += test_failed_here;                                                         \
        printf("%sok %d - %s\n", test_failed_here ? "not " : "", ++test_number, #fn);              \
        fflush(stdout);                                                                            \
    } while (0)

static inline int test_end(void)
{
    printf("1..%d\n", test_number);
    return test_failures ? 1 : 0;
}
