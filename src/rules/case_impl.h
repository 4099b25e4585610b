/* What the files of the test runner share; private to this folder.
 *
 * case.c chooses rules and runs the clock; case_series.c has the series that a test gives
 * (case_values.c reads them), case_rows.c its rows; case_log.c keeps what happened, case_alert.c
 * and case_metric.c hold it against what is expected, and case_say.c words what differs.
 */
#pragma once
#include "base/buf.h"
#include "rules/case.h"
#include "rules/case_log.h"
#include "rules/case_rows.h"
#include "rules/case_series.h"

typedef struct test_run {
    const cyn_project *project; /* with the test's rows in place */
    const cyn_case *test;
    const atomic_bool *cancel;
    cyn_arena *arena;
    bool ja;
    cyn_test_series *given; /* NULL: rules look at the data */
    cyn_test_rows *rows;
    const cyn_rule **rules; /* that are evaluated */
    size_t nrules;
    int64_t *starts; /* [rule] before which it is not evaluated */
    int64_t *at;     /* [expectation] of an alert */
    cyn_test_log log;
    cyn_case_failure *failures;
    size_t nfailures, failure_room;
} test_run;

/* Nothing is expected wrongly where this fails: the test itself is broken (names, times), or it
 * concerns all. What is not as expected is a failure of the run. */
CYN_NODISCARD cyn_code test_check_alert(test_run *run, size_t expectation, cyn_err *err);
CYN_NODISCARD cyn_code test_check_metric(test_run *run, const cyn_case_expectation *e,
                                         cyn_err *err);
/* Expected and found are the same number: within `within`, or 1e-9 of its size. */
bool test_same_number(double expected, double found, double within);

/* ---- Looking up ---- */

/* The alerts of a rule that have the labels and are not inactive at a slot. */
typedef struct test_alerts {
    const cyn_test_alert **items;
    size_t count, capacity;
} test_alerts;
CYN_NODISCARD cyn_code test_alerts_at(const test_run *run, const cyn_rule *rule,
                                      const cyn_alert_label *labels, size_t n, int64_t slot,
                                      test_alerts *out, cyn_err *err);
/* The value that the rule judged at a slot; false when there is no such segment, or more. */
bool test_value_at(const test_run *run, const cyn_rule *rule, const cyn_alert_label *labels,
                   size_t n, int64_t slot, double *out);

/* ---- Wording ---- */

/* What a failure is about: the rule, the segment that is asked for, and the evaluation. */
typedef struct test_subject {
    const cyn_case_expectation *expectation;
    const cyn_rule *rule;
    const cyn_alert_label *labels;
    size_t nlabels;
    const cyn_test_look *look;
} test_subject;

CYN_NODISCARD cyn_code test_fail(test_run *run, const cyn_case_expectation *e, cyn_buf *text,
                                 cyn_err *err);
void test_put_time(const test_run *run, int64_t t, cyn_buf *out);
void test_put_labels(const cyn_alert_label *labels, size_t n, cyn_buf *out); /* {channel="ads"} */
/* `aha_drop{channel="ads"} at 2026-01-19 02:00: ` */
void test_put_subject(const test_run *run, const test_subject *s, cyn_buf *out);
void test_put_number(double x, cyn_buf *out); /* as scripts write it; "missing" */
/* "expected X, found Y" in the project's language. */
void test_put_difference(const test_run *run, const char *en, const char *ja, const char *expected,
                         const char *found, cyn_buf *out);
/* Slots, values and states around the evaluation, a line for each. */
CYN_NODISCARD cyn_code test_put_timeline(const test_run *run, const test_subject *s, cyn_buf *out,
                                         cyn_err *err);
/* Where the state that was expected is to be found instead: at other times, of other segments. */
CYN_NODISCARD cyn_code test_put_elsewhere(const test_run *run, const test_subject *s,
                                          cyn_alert_state expected, cyn_buf *out, cyn_err *err);
/* A line for one of several alerts, of which only the first few are shown. */
void test_put_alert(const cyn_test_alert *a, size_t number, cyn_buf *out);
/* Two texts below each other, with a mark under the first character that differs. */
void test_put_texts(const test_run *run, const char *expected, const char *found, cyn_buf *out);
