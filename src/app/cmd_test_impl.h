/* What the files of `cynosure test` share: what came of the tests, and the forms in which it is
 * told. */
#pragma once
#include "base/buf.h"
#include "rules/case.h"

typedef struct test_outcome {
    const cyn_case *test;
    cyn_case_result result;
} test_outcome;

typedef enum test_verdict { TEST_PASSED, TEST_FAILED, TEST_BROKEN } test_verdict;
static inline test_verdict test_verdict_of(const test_outcome *o)
{
    return o->result.error ? TEST_BROKEN : o->result.nfailures > 0 ? TEST_FAILED : TEST_PASSED;
}

typedef struct test_report {
    const cyn_project *project;
    const test_outcome *outcomes;
    size_t count, passed, failed, broken;
    int64_t micros;
    cyn_case_coverage coverage;
    bool whole; /* all tests have run, so that the coverage says something */
    bool ja, colour, ascii;
    size_t width; /* of the terminal; 0: no limit */
} test_report;

/* Text: a line for each test, followed by what failed; then a summary. */
void test_put_outcome(const test_report *r, const test_outcome *o, cyn_buf *out);
void test_put_summary(const test_report *r, cyn_buf *out);
/* How often each rule was looked at: a table. */
void test_put_coverage(const test_report *r, cyn_buf *out);
void test_put_list(const test_report *r, const cyn_case *const *cases, size_t n, cyn_buf *out);
/* What to write where there is no test. */
void test_put_none(const test_report *r, cyn_buf *out);

/* For machines. */
void test_put_json_outcome(const test_outcome *o, cyn_buf *out);
void test_put_json_summary(const test_report *r, cyn_buf *out);
void test_put_json_list(const cyn_case *const *cases, size_t n, cyn_buf *out);
void test_put_tap(const test_report *r, cyn_buf *out);
void test_put_junit(const test_report *r, cyn_buf *out);

/* How many rules no test made fire. */
size_t test_count_unfired(const test_report *r);
/* The place and the message of a broken test, in one text of lines. */
void test_put_error(const test_outcome *o, cyn_buf *out);
void test_put_failure(const cyn_case_failure *f, cyn_buf *out);
