/* What the files of the daemon share. Private to serve.
 *
 *     daemon.c         starts and ends; signals, reloads, the watchdog: the first thread
 *     daemon_open.c    a project is opened, and opened again
 *     daemon_lane.c    what all lanes have in common: waiting, back-off, connections, signs of life
 *     daemon_world.c   projects and stocks, counted and handed on
 *     daemon_load.c    } the lanes
 *     daemon_metrics.c }  daemon_slow_metrics.c: those that take long
 *     daemon_rules.c   }  daemon_slow_rules.c: the same; daemon_watch.c: what both have in common
 *     daemon_tell.c    }
 *     daemon_jobs.c    }
 *     daemon_site.c    what handlers of requests see
 *     daemon_files.c   files that change (inotify)
 *     daemon_changes.c which files of a project changed
 *     daemon_state.c   a state that is damaged, or is another file than before
 *     daemon_log.c     lines for people, and systemd's notifications
 *
 * Locks: `mutex` guards what is handed on (world, overview, findings) and is held for a few
 * instructions only; a lane's own guards its bell; `repairing` is held by one who examines the
 * state, and `work` by a slow lane while it evaluates. Beyond these two nobody takes a lock while
 * holding another.
 */
#pragma once
#include "live/intervals.h"
#include "live/lock.h"
#include "live/overview.h"
#include "live/stock.h"
#include "report/failures.h"
#include "serve/daemon.h"
#include "serve/gauges.h"
#include "serve/site.h"
#include <pthread.h>
#include <sys/types.h>

/* ---- worlds ---- */

/* What one call of a script may take in the lanes of metrics and of rules. What takes longer has a
 * lane of its own, where it delays nobody else; there it has all the time that the project gives.
 */
#define CYN_QUICK_CALL (2 * CYN_SECOND)

/* Which of a generation's metrics, or rules, were handed over to the slow lane. One thread marks
 * them, that of the quick lane; nobody takes a mark back. */
typedef struct cyn_slow {
    atomic_bool *marks; /* [metric of the project], [rule of the catalog] */
    atomic_size_t count;
} cyn_slow;

/* A project, opened once for each lane that evaluates, so that none waits for another's scripts:
 * for the quick lanes at once, by the slow ones themselves when they have something to do. */
typedef struct cyn_generation {
    atomic_size_t refs;
    cyn_opened *metrics, *rules; /* CYN_QUICK_CALL */
    cyn_slow slow_metrics, slow_rules;
    /* Another one is in use, or the daemon stops: what the slow lanes are doing is cancelled. */
    atomic_bool over;
    _Atomic(int64_t) since; /* its metrics were first looked at, on the wall clock; 0: not yet */
    int64_t number;         /* 1, 2, … in the order in which they came into use */
} cyn_generation;

/* *first is the project as it was found, also where it is broken: the caller gives it back. */
CYN_NODISCARD cyn_code cyn_generation_open(const char *dir, const cyn_open_options *options,
                                           cyn_opened **first, cyn_generation **out, cyn_err *err);
/* One of its projects again, for a slow lane: calls have all the time that the project gives them.
 * `over` cancels it. */
CYN_NODISCARD cyn_code cyn_generation_open_slow(cyn_generation *g, const cyn_opened *quick,
                                                const char *library, cyn_opened **out,
                                                cyn_err *err);
cyn_generation *cyn_generation_ref(cyn_generation *g);
void cyn_generation_unref(cyn_generation *g); /* NULL is fine */
/* False: it was before. What it did until now is recorded, or dropped; then its lane is rung. */
bool cyn_slow_mark(cyn_slow *s, size_t which);
static inline bool cyn_is_slow(const cyn_slow *s, size_t which)
{
    return atomic_load(&s->marks[which]);
}

/* A project with its rows: what there is to be evaluated. Immutable. */
typedef struct cyn_world {
    atomic_size_t refs;
    cyn_generation *generation;
    const cyn_stock *stock;
    int64_t number;
} cyn_world;

/* Takes over the caller's references, also when memory is exhausted: NULL then. */
cyn_world *cyn_world_new(cyn_generation *g, const cyn_stock *stock, int64_t number);
cyn_world *cyn_world_ref(cyn_world *w);
void cyn_world_unref(cyn_world *w); /* NULL is fine */
/* Its rows, to be evaluated by the scripts of `p`, one of its projects; freed before the world. */
CYN_NODISCARD cyn_code cyn_world_dataset(const cyn_world *w, const cyn_project *p, bool cache,
                                         cyn_dataset **out, cyn_err *err);

/* ---- lanes ---- */

typedef struct cyn_daemon cyn_daemon;
typedef struct cyn_lane cyn_lane;

typedef struct cyn_lane_kind {
    const char *name;
    /* Does what is due. *next: when there is something to do again, on the wall clock. After a
     * failure it is called again, after a while. */
    cyn_code (*step)(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err);
    /* Lets go of all that it holds: at the end, and when the state is another one. */
    void (*reset)(cyn_lane *l);
    size_t size; /* of what `self` points to, zeroed at first */
} cyn_lane_kind;

struct cyn_lane {
    cyn_daemon *daemon;
    const cyn_lane_kind *kind;
    void *self;
    pthread_t thread;
    atomic_bool started, ended;
    _Atomic(int64_t) patience; /* monotonic: until then it gives a sign of life, if it is alive */
    _Atomic(int64_t) steps;    /* how many went well */
    _Atomic(int64_t) failing;  /* since when, on the wall clock; 0: it does not */
    pthread_mutex_t mutex;     /* of the bell, and of `trouble` */
    pthread_cond_t bell;
    bool rung;
    cyn_err trouble; /* failing: why */
    unsigned failures;
    /* Of a slow lane: held while it evaluates and records, once it has seen that its generation is
     * not over. Its quick lane takes it, and lets it go, before it reads what was recorded for a
     * new generation: from then on nothing of an older one is recorded any more. */
    pthread_mutex_t work;
    cyn_store *store; /* its connection; NULL: none is open */
    int64_t epoch;    /* of the state that it knows */
};

enum {
    CYN_LANE_LOADING,
    CYN_LANE_METRICS,
    CYN_LANE_SLOW_METRICS,
    CYN_LANE_RULES,
    CYN_LANE_SLOW_RULES,
    CYN_LANE_TELLING,
    CYN_LANE_JOBS,
    CYN_LANES
};
extern const cyn_lane_kind cyn_lane_loading, cyn_lane_metrics, cyn_lane_slow_metrics,
    cyn_lane_rules, cyn_lane_slow_rules, cyn_lane_telling, cyn_lane_jobs;

CYN_NODISCARD cyn_code cyn_lane_init(cyn_lane *l, cyn_daemon *d, const cyn_lane_kind *kind,
                                     cyn_err *err);
void cyn_lane_clear(cyn_lane *l); /* after it has ended */
CYN_NODISCARD cyn_code cyn_lane_start(cyn_lane *l, cyn_err *err);
/* One step, with all that belongs to it: for the thread, and for --once. *next as in the kind. */
cyn_code cyn_lane_step(cyn_lane *l, int64_t *next);
/* There is something to do: the lane looks again. Any thread. */
void cyn_lane_ring(cyn_lane *l);
/* A sign of life: what comes next takes so long at most. */
void cyn_lane_lives(cyn_lane *l, int64_t at_most);
/* The lane's connection to the state, opened when there is none. */
CYN_NODISCARD cyn_code cyn_lane_store(cyn_lane *l, cyn_store **out, cyn_err *err);
bool cyn_lane_is_alive(const cyn_lane *l);
/* It has failed for a while. One attempt that fails, since another process writes to the state or a
 * file is replaced at that moment, is made again soon, and worth no alarm. */
bool cyn_lane_fails(const cyn_lane *l);
/* Lets script workers go that have nothing to do for a good while: starting them again takes some
 * hundredths of a second, keeping them some megabytes each. */
void cyn_lane_rest(const cyn_opened *o, int64_t next);
/* Notes down a job that ran, for the agenda: now, for the time `due`. That it cannot be noted
 * hinders nobody. */
void cyn_daemon_note_job(cyn_lane *l, const char *job, int64_t due, int64_t took, uint64_t missed,
                         const cyn_err *error, cyn_arena *arena);

/* ---- which files changed ---- */

#define CYN_YAML_FILES 4
/* What the YAML files of a project hold, as far as it takes to see that they changed; 0: there is
 * none. */
typedef struct cyn_yaml_prints {
    uint64_t of[CYN_YAML_FILES];
} cyn_yaml_prints;

/* To be taken before the project is opened: what is written meanwhile is named the next time. */
cyn_yaml_prints cyn_daemon_yaml(const char *dir);
/* "kpis.yaml changed, metrics/m.lua added": the first three and how many more; nothing where all
 * files are the same. */
void cyn_daemon_changes(const cyn_project *was, const cyn_yaml_prints *before,
                        const cyn_project *is, const cyn_yaml_prints *after, cyn_buf *out);

/* ---- the daemon ---- */

struct cyn_daemon {
    const cyn_daemon_options *options;
    struct minding *minding; /* what the first thread waits for */
    cyn_arena *arena;
    const char *state; /* path */
    cyn_lock lock, alerts;
    cyn_gauges *gauges;
    atomic_bool stopping; /* all that can be cancelled looks at it */
    cyn_lane lanes[CYN_LANES];
    cyn_site site;
    cyn_http *http;
    struct cyn_daemon_files *files; /* NULL: nothing is watched */
    int64_t started;
    pthread_mutex_t mutex;
    cyn_world *world;          /* NULL: nothing is loaded yet */
    cyn_generation *latest;    /* the newest that was taken: to be loaded, or the world's */
    cyn_yaml_prints yaml;      /* of the latest, known to whoever opens projects alone */
    atomic_bool look;          /* the system says that files changed under some source */
    atomic_bool slow_news;     /* the slow lane recorded something that is not shown yet */
    const cyn_overview *view;  /* NULL: there is none yet */
    const cyn_overview *trees; /* that show slow metrics, and nothing else; NULL: none are made */
    cyn_opened *refused;       /* a newer project that is broken; NULL */
    pthread_mutex_t repairing; /* the state: one examines it at a time */
    _Atomic(int64_t) epoch;    /* of the state; another one when it was moved aside */
    _Atomic(int64_t) damaged;  /* how often that was */
    _Atomic(int64_t) doubted;  /* monotonic: when a request could not read it; 0: never … */
    atomic_bool doubtful;      /* … and nobody has examined it since */
    dev_t state_device;        /* which file the state is, under `repairing` … */
    ino_t state_file;          /* … 0: none is known */
    /* of the log */
    pthread_mutex_t log_mutex;
    bool journal;
    cyn_tz *tz; /* of the first project; NULL: nothing is opened yet */
};

/* References, which the caller gives back; NULL: there is none yet. */
cyn_world *cyn_daemon_world(cyn_daemon *d);
/* Hands a new one on; takes over the reference. */
void cyn_daemon_set_world(cyn_daemon *d, cyn_world *w);
/* The slow lanes let go of what they are doing: the daemon stops. */
void cyn_daemon_end_worlds(cyn_daemon *d);
cyn_generation *cyn_daemon_latest(cyn_daemon *d);
const cyn_overview *cyn_daemon_overview(cyn_daemon *d);
void cyn_daemon_set_overview(cyn_daemon *d, const cyn_overview *v);
/* From the slow lane to the lane of metrics; NULL is fine, and takes them away. */
const cyn_overview *cyn_daemon_trees(cyn_daemon *d);
void cyn_daemon_set_trees(cyn_daemon *d, const cyn_overview *v);

CYN_NODISCARD cyn_code cyn_daemon_open(cyn_daemon *d, cyn_err *err);
/* Opens the project as its files are now. When it is no worse than the one in use it becomes the
 * next one; what is wrong with it is said, and kept for whoever asks. First thread. */
void cyn_daemon_reload(cyn_daemon *d);

CYN_NODISCARD cyn_code cyn_daemon_make_site(cyn_daemon *d, cyn_err *err);

/* When the state is another file than before, deleted or replaced, a new epoch begins: connections
 * would go on with the one that nobody finds any more. */
void cyn_daemon_look_at_state(cyn_daemon *d);
/* Something failed in the state: when it is damaged it is moved aside, and a new epoch begins. */
void cyn_daemon_mend_state(cyn_daemon *d);

/* ---- the log ---- */

/* As syslog(3) counts them. */
enum { CYN_LOG_ERROR = 3, CYN_LOG_WARNING = 4, CYN_LOG_NOTICE = 5, CYN_LOG_INFO = 6 };
void cyn_daemon_log(cyn_daemon *d, int level, const char *lane, const char *fmt, ...)
    CYN_PRINTF(4, 5);
void cyn_daemon_log_error(cyn_daemon *d, int level, const char *lane, const cyn_err *e);
/* Each cause once, as a warning of the lane; clears them. */
void cyn_daemon_log_failures(cyn_lane *l, cyn_failures *f);
/* "1 metric", "2 metrics". */
static inline const char *cyn_plural(int64_t n)
{
    return n == 1 ? "" : "s";
}
/* Tells systemd, if it wants to be told: "READY=1". */
void cyn_daemon_notify(const char *text);
/* How often it wants to hear WATCHDOG=1, microseconds; 0: never. */
int64_t cyn_daemon_watchdog(void);

/* ---- files that change ---- */

typedef struct cyn_daemon_files cyn_daemon_files;
typedef struct cyn_daemon_news {
    bool project; /* YAML, scripts */
    bool data;    /* of sources with `watch` */
} cyn_daemon_news;

/* Watches the folders of a project, and those of its sources that are to be watched. Fails where
 * the system has no more watches to give: then SIGHUP and polling are all there is. */
CYN_NODISCARD cyn_code cyn_daemon_files_new(const cyn_project *p, cyn_daemon_files **out,
                                            cyn_err *err);
void cyn_daemon_files_free(cyn_daemon_files *f); /* NULL is fine */
int cyn_daemon_files_fd(const cyn_daemon_files *f);
/* Reads what there is to read, and waits for nothing. */
cyn_daemon_news cyn_daemon_files_read(cyn_daemon_files *f);
