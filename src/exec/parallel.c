#include "exec/parallel.h"
#include "exec/exec.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define MAX_WORKERS 64

static atomic_int wanted; /* 0: one for each core */

void cyn_exec_threads(int n)
{
    atomic_store(&wanted, n > 0 ? n : 0);
}

/* Asked once: the system reads files to tell. */
static long count_cores(void)
{
    static atomic_long cores;
    long n = atomic_load_explicit(&cores, memory_order_relaxed);
    if (n == 0) {
        n = sysconf(_SC_NPROCESSORS_ONLN);
        atomic_store_explicit(&cores, n < 1 ? 1 : n, memory_order_relaxed);
    }
    return n;
}

size_t cyn_workers_for(size_t ntasks)
{
    int asked = atomic_load(&wanted);
    long cores = asked > 0 ? asked : count_cores();
    size_t n = cores < 1 ? 1 : cores > MAX_WORKERS ? MAX_WORKERS : (size_t)cores;
    return ntasks < 1 ? 1 : n > ntasks ? ntasks : n;
}

/* A call, which threads join as long as there are tasks, and places for workers. */
typedef struct crew {
    const cyn_job *job;
    size_t ntasks;
    atomic_size_t next;
    size_t workers, joined; /* these and below: under the pool's lock */
    size_t busy;            /* of those that joined */
    pthread_cond_t left;    /* nobody is busy */
    struct crew *below;
} crew;

/* Threads are kept for the next call, since making one takes longer than many a task. They wait for
 * ever; a process that ends takes them along. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t come;
    crew *open; /* that can be joined: all calls under way */
    size_t threads, idle;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .come = PTHREAD_COND_INITIALIZER};

static void work(crew *c, size_t worker)
{
    size_t task;
    while ((task = atomic_fetch_add(&c->next, 1)) < c->ntasks)
        c->job->task(c->job->self, worker, task);
}

static crew *find_work(void)
{
    crew *c = pool.open;
    while (c && (c->joined == c->workers || atomic_load(&c->next) >= c->ntasks))
        c = c->below;
    return c;
}

static void *serve(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        crew *c = find_work();
        if (!c) {
            pool.idle++;
            pthread_cond_wait(&pool.come, &pool.lock);
            pool.idle--;
            continue;
        }
        size_t worker = c->joined++;
        c->busy++;
        pthread_mutex_unlock(&pool.lock);
        work(c, worker);
        pthread_mutex_lock(&pool.lock);
        if (--c->busy == 0) pthread_cond_signal(&c->left);
    }
    return NULL;
}

/* Signals are for the threads that the program began with, but for those of a thread's own faults.
 */
static bool start_thread(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, NULL, serve, NULL) == 0;
    if (started) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* Calls threads to a crew, new ones where too few have nothing to do. */
static void open_crew(crew *c)
{
    pthread_mutex_lock(&pool.lock);
    c->below = pool.open;
    pool.open = c;
    size_t more = c->workers - c->joined, idle = pool.idle;
    for (size_t i = 0; i < more && i < idle; i++)
        pthread_cond_signal(&pool.come);
    for (; more > idle && pool.threads < MAX_WORKERS && start_thread(); more--)
        pool.threads++;
    pthread_mutex_unlock(&pool.lock);
}

/* Nobody joins any more; those that have go on until no task is left. */
static void close_crew(crew *c)
{
    pthread_mutex_lock(&pool.lock);
    crew **at = &pool.open;
    while (*at != c)
        at = &(*at)->below;
    *at = c->below;
    while (c->busy > 0)
        pthread_cond_wait(&c->left, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

void cyn_parallel(size_t workers, size_t ntasks, const cyn_job *job)
{
    crew c = {.job = job, .ntasks = ntasks, .workers = workers, .joined = 1};
    if (workers > 1 && ntasks > 1) {
        pthread_cond_init(&c.left, NULL);
        open_crew(&c);
        work(&c, 0);
        close_crew(&c);
        pthread_cond_destroy(&c.left);
    } else {
        work(&c, 0);
    }
}
