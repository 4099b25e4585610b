/* Free Lua: functions of points, run by the script worker in batches.
 *
 * A point is one period and segment. The function asks for values of metrics; the first one that is
 * not among the point's answers ends the run, which begins again when the host has it (functions
 * have no side effects, so that a run's only trace is its result). Questions are numbered from 0
 * for all points of a function, those that come up in a call after those that were sent with it.
 *
 *     CYN_TRY(ev.run_free(ev.self, &request, arena, &reply, err));
 *     for each point: reply->results[i] is a value, an error, or not done: then the last one of its
 *     questions has to be answered, and the point sent again.
 *
 * Below: the request and the reply as bytes (catalog/wire.h). What comes back is checked as if it
 * were hostile.
 */
#pragma once
#include "catalog/wire.h"
#include "plan/plan.h"

typedef struct cyn_free_segment {
    size_t n;
    const char *const *dims;
    const cyn_const *keys;
} cyn_free_segment;

/* What a function asks of the host, about the point that it runs for. */
typedef struct cyn_question {
    const char *metric;
    int offset;     /* so many periods later */
    bool last_year; /* the same period of last year */
    bool elsewhere; /* in `segment`, and not in the point's own */
    cyn_free_segment segment;
} cyn_question;

typedef struct cyn_free_answer {
    uint32_t question;
    cyn_num value;     /* decimals are reals to Lua */
    const char *error; /* there is no value because of this; NULL = none */
} cyn_free_answer;

typedef struct cyn_free_point {
    const char *period, *grain; /* labels */
    int64_t start, stop;        /* microseconds; CYN_TIME_MIN and CYN_TIME_MAX: without end */
    bool partial;
    cyn_free_segment segment;
    const cyn_free_answer *answers;
    size_t nanswers;
} cyn_free_point;

typedef struct cyn_free_request {
    uint32_t handle;
    const cyn_question *questions;
    size_t nquestions;
    const cyn_free_point *points;
    size_t npoints;
} cyn_free_request;

typedef struct cyn_free_result {
    bool done;
    cyn_num value;         /* integer, real or missing */
    const uint32_t *asked; /* all questions of this run */
    size_t nasked;
    const cyn_err *error; /* why there is no value; NULL = none */
} cyn_free_result;

typedef struct cyn_free_reply {
    const cyn_question *questions; /* new ones, numbered after the request's */
    size_t nquestions;
    const cyn_free_result *results; /* one for each point */
} cyn_free_reply;

/* How far away a value may be asked for, and how many questions a function may have. */
#define CYN_FREE_OFFSET    1000
#define CYN_FREE_QUESTIONS 100000

void cyn_free_request_write(const cyn_free_request *r, cyn_buf *out);
/* The reply to the request; CYN_E_WORKER when it is not well-formed. */
CYN_NODISCARD cyn_code cyn_free_reply_read(const uint8_t *data, size_t n,
                                           const cyn_free_request *request, cyn_arena *arena,
                                           cyn_free_reply **out, cyn_err *err);
