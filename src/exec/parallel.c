#include "exec/exec.h"
#include "exec/parallel_impl.h"
#include <pthread.h>
#include <unistd.h>

#define MAX_WORKERS 64

static atomic_int wanted; /* 0: one for each core */

void cyn_exec_threads(int n)
{
    atomic_store(&wanted, n > 0 ? n : 0);
}

size_t cyn_workers_for(size_t ntasks)
{
    int asked = atomic_load(&wanted);
    long cores = asked > 0 ? asked : sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores > MAX_WORKERS ? MAX_WORKERS : (size_t)cores;
    return ntasks < 1 ? 1 : n > ntasks ? ntasks : n;
}

typedef struct crew {
    const cyn_job *job;
    size_t ntasks;
    atomic_size_t next;
} crew;

typedef struct worker {
    crew *crew;
    size_t number;
} worker;

static void *work(void *self)
{
    worker *w = self;
    const cyn_job *job = w->crew->job;
    size_t task;
    while ((task = atomic_fetch_add(&w->crew->next, 1)) < w->crew->ntasks)
        job->task(job->self, w->number, task);
    return NULL;
}

void cyn_parallel(size_t workers, size_t ntasks, const cyn_job *job)
{
    crew c = {.job = job, .ntasks = ntasks};
    worker w[MAX_WORKERS];
    pthread_t thread[MAX_WORKERS];
    size_t started = 1;
    w[0] = (worker){.crew = &c};
    while (started < workers && started < MAX_WORKERS) {
        w[started] = (worker){.crew = &c, .number = started};
        if (pthread_create(&thread[started], NULL, work, &w[started]) != 0) break;
        started++;
    }
    work(&w[0]);
    while (started-- > 1)
        pthread_join(thread[started], NULL);
}
