/* Every task is done once, by a worker with a number of its own, however often and from wherever
 * threads are asked for. */
#include "exec/parallel.h"
#include "test.h"
#include <pthread.h>

enum { WORKERS = 5, TASKS = 200, ROUNDS = 300, CALLERS = 4 };

typedef struct count {
    atomic_int done[TASKS];
    atomic_int at_work[WORKERS]; /* tasks that a worker of this number is at */
    atomic_int wrong;
} count;

static void do_task(void *self, size_t worker, size_t task)
{
    count *c = self;
    if (worker >= WORKERS || task >= TASKS) {
        atomic_fetch_add(&c->wrong, 1);
        return;
    }
    if (atomic_fetch_add(&c->at_work[worker], 1) != 0) atomic_fetch_add(&c->wrong, 1);
    atomic_fetch_add(&c->done[task], 1);
    atomic_fetch_sub(&c->at_work[worker], 1);
}

/* Returns what is wrong; a test counts in one thread only. */
static int run_once(size_t workers, size_t ntasks)
{
    count c = {0};
    cyn_parallel(workers, ntasks, &(cyn_job){&c, do_task});
    int wrong = c.wrong;
    for (size_t i = 0; i < TASKS; i++)
        wrong += c.done[i] != (i < ntasks);
    return wrong;
}

static void test_each_task_is_done_once(void)
{
    int wrong = 0;
    for (size_t round = 0; round < ROUNDS; round++)
        wrong += run_once(1 + round % WORKERS, round % TASKS);
    CHECK_INT(wrong, 0);
}

static void *call(void *self)
{
    int *wrong = self;
    for (size_t round = 0; round < ROUNDS; round++)
        *wrong += run_once(1 + round % WORKERS, round % 50);
    return NULL;
}

static void test_several_threads_may_call(void)
{
    pthread_t thread[CALLERS];
    int wrong[CALLERS] = {0};
    for (size_t i = 0; i < CALLERS; i++)
        if (pthread_create(&thread[i], NULL, call, &wrong[i]) != 0) exit(1);
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(thread[i], NULL);
        CHECK_INT(wrong[i], 0);
    }
}

static void call_again(void *self, size_t worker, size_t task)
{
    atomic_int *wrong = self;
    (void)worker;
    atomic_fetch_add(wrong, run_once(3, task));
}

static void test_a_task_may_call(void)
{
    atomic_int wrong = 0;
    cyn_parallel(WORKERS, 40, &(cyn_job){&wrong, call_again});
    CHECK_INT(wrong, 0);
}

/* Tasks that wait for each other need as many threads. */
typedef struct meeting {
    pthread_barrier_t all;
    atomic_uint workers; /* a bit for each */
} meeting;

static void meet(void *self, size_t worker, size_t task)
{
    meeting *m = self;
    (void)task;
    atomic_fetch_or(&m->workers, 1U << worker);
    pthread_barrier_wait(&m->all);
}

static void test_workers_work_at_the_same_time(void)
{
    for (size_t round = 0; round < 50; round++) {
        meeting m = {0};
        pthread_barrier_init(&m.all, NULL, WORKERS);
        cyn_parallel(WORKERS, WORKERS, &(cyn_job){&m, meet});
        pthread_barrier_destroy(&m.all);
        CHECK_INT(m.workers, (1U << WORKERS) - 1);
    }
}

int main(void)
{
    RUN(test_each_task_is_done_once);
    RUN(test_several_threads_may_call);
    RUN(test_a_task_may_call);
    RUN(test_workers_work_at_the_same_time);
    return test_end();
}
