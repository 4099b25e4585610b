/* Work on several cores: numbered tasks that any worker may take, in any order.
 *
 * What a task writes is its own or its worker's, so nothing is locked. The caller is worker 0;
 * where no more threads can be had the others' share falls to those that there are.
 *
 *     cyn_parallel(2, ntasks, &(cyn_job){.self = &all, .task = one});
 */
#pragma once
#include <stddef.h>

typedef struct cyn_job {
    void *self;
    void (*task)(void *self, size_t worker, size_t task);
} cyn_job;

/* Returns when all tasks are done. */
void cyn_parallel(size_t workers, size_t ntasks, const cyn_job *job);
/* As many as cyn_exec_threads says; at least 1, at most ntasks. */
size_t cyn_workers_for(size_t ntasks);
