/* What the benchmarks in C share: errors end the program, and time is the processor's. */
#pragma once
#include "base/err.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static cyn_err err;

static void need(cyn_code rc)
{
    char text[2048];
    if (rc == CYN_OK) return;
    cyn_err_format(&err, text, sizeof text);
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

static inline void *need_memory(void *p)
{
    if (!p) need(cyn_nomem(&err));
    return p;
}

/* Nanoseconds. Other programs do not count. */
static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
