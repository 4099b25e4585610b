/* What a worker leaves for its host, in memory that both have mapped: where its script was when it
 * hung or crashed, and what each script used.
 *
 * The zygote makes the page, the worker inherits it, the host gets it with the process. A worker
 * may write anything into it at any time, so the host copies a part, and then checks the copy.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define CYN_PAGE_FILES 1024 /* scripts after these are not accounted for one by one */

typedef struct cyn_usage {
    int64_t time;          /* microseconds */
    uint64_t memory;       /* bytes: the most that the state held meanwhile */
    uint64_t instructions; /* counted only where they have a budget */
} cyn_usage;

typedef struct cyn_page {
    uint32_t filtered; /* the system-call filter is in force */
    int32_t line;      /* of the script that hung or crashed; 0: not known */
    char file[256];
    uint32_t culprit; /* the script (from 1) because of which the worker ended itself; 0: none */
    char reason[320];
    cyn_usage used[CYN_PAGE_FILES];
} cyn_page;

/* A descriptor of a fresh page that can neither shrink nor grow; -1 with errno. */
int cyn_page_create(void);
/* NULL with errno. */
cyn_page *cyn_page_map(int fd);
void cyn_page_unmap(cyn_page *p);
/* The script, counted from 1, without which the worker wants to be started again, and why; 0: none.
 */
size_t cyn_page_culprit(const cyn_page *p, char *reason, size_t size);
/* Puts "file:line" from the page into err where it has none, or only the file. */
void cyn_page_place(const cyn_page *p, cyn_err *err);
