/* Work on several cores: numbered tasks that any worker may take, in any order.
 *
 * What a task writes is its own or its worker's, so nothing is locked. The caller is worker 0;
 * where no more threads can be had the others' share falls to those that there are. Threads are
 * kept from one call to the next. Any thread may call, and a task may, too.
 *
 *     cyn_parallel(2, ntasks, &(cyn_job){.self = &all, .task = one});
 */
#pragma once
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_job {
    void *self;
    void (*task)(void *self, size_t worker, size_t task);
} cyn_job;

/* Returns when all tasks are done. */
void cyn_parallel(size_t workers, size_t ntasks, const cyn_job *job);
/* As many as cyn_exec_threads says; at least 1, at most ntasks. */
size_t cyn_workers_for(size_t ntasks);

/* The earliest of all rows that workers come upon, in any order. */
static inline void cyn_keep_earliest(_Atomic uint32_t *earliest, uint32_t row)
{
    uint32_t was = atomic_load_explicit(earliest, memory_order_relaxed);
    while (row < was && !atomic_compare_exchange_weak_explicit(
                            earliest, &was, row, memory_order_relaxed, memory_order_relaxed)) {
    }
}
