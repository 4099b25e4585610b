/* Attempts at a journey, over the rows of one entity that lie in a line: by time, then as they
 * stand in the table. What docs/numerics.md says in J-… about steps and windows is here.
 *
 *     cyn_line line = {.spec = spec, .touches = touches, .n = n};
 *     CYN_TRY(cyn_line_prepare(&line, err));           // once for these touches
 *     for (size_t i = 0; i < n; i = cyn_line_start(&line, i)) …
 *     size_t last = cyn_line_walk(&line, i, at);       // the attempt that begins at touch i
 *     cyn_line_clear(&line);
 *
 * The next touch that satisfies a step is looked up, not searched for: an attempt costs what it
 * reaches, however many attempts there are and however long the line is.
 */
#pragma once
#include "base/err.h"
#include "plan/relation.h"

#define CYN_MAX_STEPS 32

/* A row that a journey may pass. */
typedef struct cyn_touch {
    int64_t time;    /* by which windows are measured */
    uint32_t row;    /* of the table */
    uint32_t steps;  /* bit k: it satisfies step k */
    uint32_t thread; /* equal where the values of `same` are */
} cyn_touch;

#define CYN_NO_TOUCH UINT32_MAX

typedef struct cyn_line {
    const cyn_relation *spec;
    const cyn_touch *touches; /* unless strict, all of one thread */
    size_t n;
    uint32_t *next; /* [step - 1][touch]: the first touch after it that satisfies the step */
    size_t room;
} cyn_line;

/* touches and n may have changed; the memory of the line before serves again. */
CYN_NODISCARD cyn_code cyn_line_prepare(cyn_line *l, cyn_err *err);
void cyn_line_clear(cyn_line *l);
/* The first touch at or after i with which an attempt can begin; n when there is none. */
size_t cyn_line_start(const cyn_line *l, size_t i);
/* Walks from touch `first`: at[k] is where the attempt came to k + 1 steps, and the result how many
 * it came to. at holds spec->nsteps. *until is the last moment at which it can go on: CYN_TIME_MAX
 * without a window, CYN_TIME_MIN when it is complete or another row has ended it. */
size_t cyn_line_walk(const cyn_line *l, size_t first, uint32_t *at, int64_t *until);
/* The last moment of a window of this length; no length is no end. */
int64_t cyn_window_end(int64_t from, int64_t length);
