/* The first thread of the daemon: starts the lanes and the server, then minds signals, files that
 * change, the clock and systemd, until it is told to stop. */
#include "notify/notify.h"
#include "serve/daemon_impl.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NAP        (10 * CYN_SECOND) /* between two looks at the clock */
#define SETTLE     (CYN_SECOND / 3)  /* until an editor has written all that it writes */
#define DATA_PAUSE CYN_SECOND        /* between two looks at data that are written to */
#define JUMP       (3 * CYN_SECOND)  /* of the clock that is worth a line */
#define STOP       (10 * CYN_SECOND) /* that lanes have to end */
#define BLINK      (CYN_SECOND / 20) /* how soon it is seen that they did */

static const cyn_lane_kind *const kinds[CYN_LANES] = {
    [CYN_LANE_LOADING] = &cyn_lane_loading,
    [CYN_LANE_METRICS] = &cyn_lane_metrics,
    [CYN_LANE_SLOW_METRICS] = &cyn_lane_slow_metrics,
    [CYN_LANE_RULES] = &cyn_lane_rules,
    [CYN_LANE_SLOW_RULES] = &cyn_lane_slow_rules,
    [CYN_LANE_TELLING] = &cyn_lane_telling,
    [CYN_LANE_JOBS] = &cyn_lane_jobs,
};

/* What the first thread waits for. */
typedef struct minding {
    int signals;
    int64_t reload_at, look_at; /* monotonic; CYN_TIME_MAX: nothing changed */
    int64_t watchdog, beat;     /* microseconds between two signs of life; when the next is due */
    bool hangs[CYN_LANES];      /* that was said */
    int64_t offset;             /* of the wall clock to the monotonic one */
    bool reloading;             /* a thread reads the project, at first or again … */
    atomic_bool reloaded;       /* … and has */
    pthread_t reloader;
    int opened;       /* an eventfd: the first reading has ended … */
    cyn_code opening; /* … and how */
    cyn_err cannot;   /* … and why not */
    bool working;     /* --once: a thread does the work … */
    pthread_t once;
    atomic_bool done;   /* … has done it */
    cyn_code result;    /* … and how that went */
    bool failed;        /* something ended that the daemon cannot do without */
    bool closing;       /* a thread stops the server … */
    atomic_bool closed; /* … and has */
    pthread_t closer;
} minding;

/* ---- locks ---- */

/* The store makes the folder, with what keeps it out of version control. */
static cyn_code need_folder(const cyn_daemon *d, cyn_err *err)
{
    cyn_store *st;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/.cynosure", d->options->dir);
    if (access(folder, F_OK) == 0) return CYN_OK;
    CYN_TRY(cyn_store_open(d->state, &st, err));
    cyn_store_close(st);
    return CYN_OK;
}

static cyn_code lock(cyn_daemon *d, cyn_err *err)
{
    const char *serve = cyn_sprintf(d->arena, "%s/.cynosure/serve.lock", d->options->dir);
    const char *alerts = cyn_sprintf(d->arena, "%s/.cynosure/alerts.lock", d->options->dir);
    if (!serve || !alerts) return cyn_nomem(err);
    CYN_TRY(need_folder(d, err));
    CYN_TRY(cyn_lock_take(serve, "serve", &d->lock, err));
    return cyn_lock_take(alerts, "serve", &d->alerts, err);
}

/* ---- starting ---- */

/* The hint stands in the same line, as in those of the lanes. */
static void log_http(void *self, const char *text)
{
    static const char mark[] = "\nhint: ";
    const char *hint = strstr(text, mark);
    if (hint)
        cyn_daemon_log(self, CYN_LOG_WARNING, "server", "%.*s (%s)", (int)(hint - text), text,
                       hint + strlen(mark));
    else
        cyn_daemon_log(self, CYN_LOG_WARNING, "server", "%s", text);
}

/* A file of the project's settings; NULL stays NULL. */
static cyn_code find_file(const cyn_daemon *d, const char *path, const char **out, cyn_err *err)
{
    *out = path;
    if (!path || *path == '/') return CYN_OK;
    *out = cyn_sprintf(d->arena, "%s/%s", d->options->dir, path);
    return *out ? CYN_OK : cyn_nomem(err);
}

/* Why the server cannot be as the project wants it; NULL: it can. */
static const char *unusable(const cyn_daemon *d, const cyn_config_serve *s)
{
    return s->unusable && !d->options->token ? s->unusable : s->tls_unusable;
}

/* What is wrong with what was asked for is the command line's or the project's mistake: another
 * start changes nothing. Anything else, such as a port that is in use, may be over by then. */
static cyn_code blame(const cyn_daemon *d, cyn_err *why, cyn_err *err)
{
    if (why->code == CYN_E_SYNTAX || why->code == CYN_E_RANGE || why->code == CYN_E_CONFLICT)
        why->code = d->options->listen ? CYN_E_USAGE : CYN_E_DATA;
    if (err) *err = *why;
    return why->code;
}

static cyn_code need_readable(const char *path, const char *setting, cyn_err *err)
{
    if (!path || access(path, R_OK) == 0) return CYN_OK;
    return cyn_fail(err, CYN_E_DATA, "serve: tls: %s: cannot read '%s': %s", setting, path,
                    strerror(errno));
}

static cyn_code refuse_settings(const cyn_daemon *d, const cyn_config_serve *s, cyn_err *err)
{
    cyn_fail(err, CYN_E_DATA, "serve: %s", unusable(d, s));
    cyn_hint(err, "under systemd it is set in the service's EnvironmentFile, "
                  "/etc/cynosure/NAME.env");
    return CYN_E_DATA;
}

static cyn_code start_server(cyn_daemon *d, cyn_err *err)
{
    cyn_err why = {0};
    const cyn_config *c = d->latest->metrics->project->config;
    const cyn_config_serve *s = &c->serve;
    const char *listen = d->options->listen ? d->options->listen : s->listen;
    const char *certificate, *key;
    const cyn_route *routes;
    size_t n;
    if (listen && !*listen) return CYN_OK;
    if (unusable(d, s)) return refuse_settings(d, s, err);
    CYN_TRY(find_file(d, s->certificate, &certificate, err));
    CYN_TRY(find_file(d, s->key, &key, err));
    CYN_TRY(need_readable(certificate, "certificate", err));
    CYN_TRY(need_readable(key, "key", err));
    const cyn_http_options options = {.listen = listen ? listen : "127.0.0.1:8080",
                                      .token = d->options->token ? d->options->token : s->token,
                                      .public_read = s->public_read,
                                      .certificate = certificate,
                                      .key = key,
                                      .language = c->language,
                                      .log = log_http,
                                      .self = d};
    CYN_TRY(cyn_daemon_make_site(d, err));
    CYN_TRY(cyn_site_routes(d->arena, &routes, &n, err));
    if (cyn_http_start(&options, routes, n, &d->site, &d->http, &why) != CYN_OK)
        return blame(d, &why, err);
    cyn_daemon_log(d, CYN_LOG_NOTICE, "server", "listens on %s%s", cyn_http_url(d->http),
                   options.token ? "" : " (no token is set: nothing can be changed there)");
    return CYN_OK;
}

static cyn_code prepare(cyn_daemon *d, cyn_err *err)
{
    d->started = cyn_now();
    d->journal = getenv("JOURNAL_STREAM") != NULL;
    d->arena = cyn_arena_new(0);
    d->state = d->arena ? cyn_state_path(d->options->dir, d->arena) : NULL;
    d->gauges = d->state ? cyn_gauges_new() : NULL;
    if (!d->gauges) return cyn_nomem(err);
    cyn_gauges_set(d->gauges, CYN_GAUGE_STARTED, d->started / CYN_SECOND);
    if (d->options->send) CYN_TRY(cyn_notify_start(err));
    for (size_t i = 0; i < CYN_LANES; i++)
        CYN_TRY(cyn_lane_init(&d->lanes[i], d, kinds[i], err));
    return CYN_OK;
}

static void take_news(minding *m, cyn_daemon_news news)
{
    int64_t now = cyn_monotonic();
    if (news.project) m->reload_at = now + SETTLE; /* again and again while something is written */
    if (news.data && m->look_at == CYN_TIME_MAX) m->look_at = now + DATA_PAUSE;
}

/* What the project is made of now. The old watch goes after the new one has come: what changed in
 * between, or while the project was read, is in its news. */
static void watch_files(cyn_daemon *d, minding *m)
{
    cyn_err err = {0};
    cyn_daemon_files *old = d->files;
    d->files = NULL;
    if (cyn_daemon_files_new(d->latest->metrics->project, &d->files, &err) != CYN_OK) {
        cyn_hint(&err,
                 "changes of the project are seen on SIGHUP only, those of data when it is polled");
        cyn_daemon_log_error(d, CYN_LOG_WARNING, "project", &err);
    }
    if (old) take_news(m, cyn_daemon_files_read(old));
    cyn_daemon_files_free(old);
}

/* ---- --once ---- */

/* The metrics stop now and then to see what else there is; here there is nothing else. */
static cyn_code exhaust(cyn_lane *l)
{
    int64_t next = CYN_TIME_MIN;
    while (!atomic_load(&l->daemon->stopping)) {
        cyn_code rc = cyn_lane_step(l, &next);
        if (rc != CYN_OK || next > cyn_now()) return rc;
    }
    return CYN_E_CANCEL;
}

/* Twice the metrics: what the slow ones have recorded is to be shown, too. */
static void *run_once(void *self)
{
    static const int order[] = {CYN_LANE_LOADING, CYN_LANE_METRICS, CYN_LANE_SLOW_METRICS,
                                CYN_LANE_METRICS, CYN_LANE_RULES,   CYN_LANE_SLOW_RULES,
                                CYN_LANE_TELLING, CYN_LANE_JOBS};
    cyn_daemon *d = self;
    minding *m = d->minding;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        cyn_code rc = exhaust(&d->lanes[order[i]]);
        if (m->result == CYN_OK) m->result = rc;
    }
    atomic_store(&m->done, true);
    return NULL;
}

/* ---- what is minded ---- */

static int64_t real_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * CYN_SECOND + t.tv_nsec / 1000;
}

static void ring_all(cyn_daemon *d)
{
    for (size_t i = 0; i < CYN_LANES; i++)
        if (d->lanes[i].self) cyn_lane_ring(&d->lanes[i]);
}

/* A clock that was set, or a machine that slept: what is due is looked at anew. */
static void mind_clock(cyn_daemon *d, minding *m)
{
    int64_t offset = real_clock() - cyn_monotonic(), jump = offset - m->offset;
    m->offset = offset;
    if (jump < JUMP && jump > -JUMP) return;
    int64_t by = jump > 0 ? jump : -jump;
    cyn_daemon_log(d, CYN_LOG_WARNING, "clock",
                   "it went %s by %.0f s, or the machine slept: all that is due is looked at again",
                   jump > 0 ? "forward" : "back", (double)by / 1e6);
    ring_all(d);
}

/* A lane that hangs is said once, and once that it goes on. Whether none does. */
static bool mind_lanes(cyn_daemon *d, minding *m)
{
    bool well = true;
    for (size_t i = 0; i < CYN_LANES; i++) {
        const char *name = d->lanes[i].kind->name;
        const bool hangs = !cyn_lane_is_alive(&d->lanes[i]);
        if (hangs && !m->hangs[i])
            cyn_daemon_log(d, CYN_LOG_ERROR, name, "hangs, and gives no sign of life: %s",
                           m->watchdog ? "the watchdog is to start the daemon again"
                                       : "if that goes on, start the daemon again");
        if (!hangs && m->hangs[i]) cyn_daemon_log(d, CYN_LOG_NOTICE, name, "goes on");
        m->hangs[i] = hangs;
        well = well && !hangs;
    }
    return well;
}

static void mind_watchdog(cyn_daemon *d, minding *m)
{
    bool well = mind_lanes(d, m);
    if (m->watchdog == 0 || cyn_monotonic() < m->beat) return;
    m->beat = cyn_monotonic() + m->watchdog;
    if (well) cyn_daemon_notify("WATCHDOG=1");
}

/* Without it no script can be run any more; whoever started the daemon starts it again. */
static void mind_zygote(cyn_daemon *d, minding *m)
{
    if (cyn_zygote_lives()) return;
    cyn_daemon_log(d, CYN_LOG_ERROR, "scripts",
                   "the process that starts script workers has ended: no script can be run, so "
                   "the daemon ends, to be started again");
    m->failed = true;
    atomic_store(&d->stopping, true);
}

/* Scripts may take their time, and signals are to be heard meanwhile: a thread reads the project,
 * at first as later. */
static void *reload(void *self)
{
    cyn_daemon *d = self;
    cyn_daemon_reload(d);
    atomic_store(&d->minding->reloaded, true);
    return NULL;
}

static void begin_reload(cyn_daemon *d, minding *m)
{
    char text[96];
    if (m->reloading) return; /* what changed meanwhile comes after it */
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)cyn_monotonic());
    cyn_daemon_notify(text);
    atomic_store(&m->reloaded, false);
    m->reloading = pthread_create(&m->reloader, NULL, reload, d) == 0;
    m->reload_at = m->reloading ? CYN_TIME_MAX : cyn_monotonic() + CYN_SECOND;
}

static void end_reload(cyn_daemon *d, minding *m)
{
    if (!m->reloading || !atomic_load(&m->reloaded)) return;
    pthread_join(m->reloader, NULL);
    m->reloading = false;
    watch_files(d, m);
    cyn_daemon_notify("READY=1");
}

static void look_at_data(cyn_daemon *d, minding *m)
{
    m->look_at = CYN_TIME_MAX;
    atomic_store(&d->look, true);
    cyn_lane_ring(&d->lanes[CYN_LANE_LOADING]);
}

/* A second signal ends it at once: whatever is going on leaves the state as it was. */
static void mind_signals(cyn_daemon *d, minding *m)
{
    struct signalfd_siginfo s;
    while (read(m->signals, &s, sizeof s) == (ssize_t)sizeof s) {
        if (s.ssi_signo == SIGHUP) {
            m->reload_at = cyn_monotonic();
            continue;
        }
        if (atomic_load(&d->stopping)) _exit(128 + (int)s.ssi_signo);
        atomic_store(&d->stopping, true);
    }
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int nap_of(const cyn_daemon *d, const minding *m)
{
    const bool soon = d->options->once || m->reloading;
    int64_t now = cyn_monotonic(), until = now + (soon ? BLINK : NAP);
    if (m->watchdog) until = earliest(until, m->beat);
    if (!m->reloading) until = earliest(until, m->reload_at);
    until = earliest(until, m->look_at);
    return until <= now ? 0 : (int)((until - now) / 1000 + 1);
}

/* ---- opening ---- */

static void *open_project(void *self)
{
    cyn_daemon *d = self;
    minding *m = d->minding;
    const uint64_t one = 1;
    m->opening = cyn_daemon_open(d, &m->cannot);
    atomic_store(&m->reloaded, true);
    /* Once, so there is room; were there none, the next look at the clock would find it. */
    (void)!write(m->opened, &one, sizeof one);
    return NULL;
}

static void wait_for_opening(cyn_daemon *d, minding *m)
{
    while (!atomic_load(&d->stopping) && !atomic_load(&m->reloaded)) {
        struct pollfd fds[2] = {{.fd = m->signals, .events = POLLIN},
                                {.fd = m->opened, .events = POLLIN}};
        (void)poll(fds, 2, (int)(NAP / 1000));
        mind_signals(d, m);
    }
}

/* CYN_E_CANCEL: it was told to stop before; stop() has the thread ended, then. */
static cyn_code open_first(cyn_daemon *d, minding *m, cyn_err *err)
{
    m->opened = eventfd(0, EFD_CLOEXEC);
    if (m->opened < 0) return cyn_fail_errno(err, "cannot wait for", "the project");
    m->reloading = pthread_create(&m->reloader, NULL, open_project, d) == 0;
    if (!m->reloading) return cyn_fail(err, CYN_E_IO, "cannot start a thread");
    wait_for_opening(d, m);
    if (atomic_load(&d->stopping)) return cyn_fail(err, CYN_E_CANCEL, "interrupted");
    pthread_join(m->reloader, NULL);
    m->reloading = false;
    if (m->opening != CYN_OK && err) *err = m->cannot;
    return m->opening;
}

/* ---- minding ---- */

static void mind(cyn_daemon *d, minding *m)
{
    while (!atomic_load(&d->stopping) && !atomic_load(&m->done)) {
        struct pollfd fds[2] = {
            {.fd = m->signals, .events = POLLIN},
            {.fd = d->files ? cyn_daemon_files_fd(d->files) : -1, .events = POLLIN}};
        if (poll(fds, 2, nap_of(d, m)) < 0 && errno != EINTR) usleep(BLINK);
        mind_signals(d, m);
        if (d->files && fds[1].revents) take_news(m, cyn_daemon_files_read(d->files));
        end_reload(d, m);
        if (m->reload_at <= cyn_monotonic()) begin_reload(d, m);
        if (m->look_at <= cyn_monotonic()) look_at_data(d, m);
        mind_clock(d, m);
        cyn_daemon_look_at_state(d);
        mind_watchdog(d, m);
        mind_zygote(d, m);
    }
}

/* ---- ending ---- */

static bool all_ended(const cyn_daemon *d, const minding *m)
{
    if (m->reloading && !atomic_load(&m->reloaded)) return false;
    if (m->working && !atomic_load(&m->done)) return false;
    if (m->closing && !atomic_load(&m->closed)) return false;
    for (size_t i = 0; i < CYN_LANES; i++)
        if (atomic_load(&d->lanes[i].started) && !atomic_load(&d->lanes[i].ended)) return false;
    return true;
}

/* Lanes that do not end cannot be ended: the process is, then. What they had open in the state is
 * undone by whoever opens it next. */
static void give_up(cyn_daemon *d)
{
    for (size_t i = 0; i < CYN_LANES; i++)
        if (atomic_load(&d->lanes[i].started) && !atomic_load(&d->lanes[i].ended))
            cyn_daemon_log(d, CYN_LOG_ERROR, d->lanes[i].kind->name,
                           "did not end in time: the process ends without it");
    if (d->minding->reloading && !atomic_load(&d->minding->reloaded))
        cyn_daemon_log(d, CYN_LOG_ERROR, "project", "scripts that are read did not end in time");
    if (d->minding->closing && !atomic_load(&d->minding->closed))
        cyn_daemon_log(d, CYN_LOG_ERROR, "server", "answers did not end in time");
    _exit(1);
}

static void *close_server(void *self)
{
    cyn_daemon *d = self;
    cyn_http_stop(d->http);
    atomic_store(&d->minding->closed, true);
    return NULL;
}

static void stop(cyn_daemon *d, minding *m)
{
    const int64_t within = d->options->stop_within ? d->options->stop_within : STOP;
    const int64_t until = cyn_monotonic() + within;
    atomic_store(&d->stopping, true);
    cyn_daemon_notify("STOPPING=1");
    cyn_daemon_end_worlds(d);
    ring_all(d);
    if (d->http) m->closing = pthread_create(&m->closer, NULL, close_server, d) == 0;
    while (!all_ended(d, m)) {
        struct pollfd signals = {.fd = m->signals, .events = POLLIN};
        if (cyn_monotonic() > until) give_up(d);
        (void)poll(&signals, 1, (int)(BLINK / 1000));
        mind_signals(d, m);
    }
    for (size_t i = 0; i < CYN_LANES; i++)
        if (atomic_load(&d->lanes[i].started)) pthread_join(d->lanes[i].thread, NULL);
    if (m->working) pthread_join(m->once, NULL);
    if (m->reloading) pthread_join(m->reloader, NULL);
    if (m->closing) pthread_join(m->closer, NULL);
    if (m->closing) d->http = NULL;
}

static void clear(cyn_daemon *d)
{
    cyn_http_stop(d->http); /* when no thread could do it */
    cyn_readers_free(d->site.readers);
    for (size_t i = 0; i < CYN_LANES; i++)
        cyn_lane_clear(&d->lanes[i]);
    cyn_daemon_files_free(d->files);
    cyn_overview_unref(d->view);
    cyn_overview_unref(d->trees);
    cyn_world_unref(d->world);
    cyn_generation_unref(d->latest);
    cyn_opened_unref(d->refused);
    cyn_tz_free(d->tz);
    cyn_lock_release(&d->alerts);
    cyn_lock_release(&d->lock);
    cyn_gauges_free(d->gauges);
    cyn_arena_free(d->arena);
}

/* ---- all of it ---- */

static cyn_code start(cyn_daemon *d, minding *m, cyn_err *err)
{
    CYN_TRY(open_first(d, m, err));
    CYN_TRY(lock(d, err));
    cyn_daemon_mend_state(d);
    if (d->options->once) {
        m->working = pthread_create(&m->once, NULL, run_once, d) == 0;
        return m->working ? CYN_OK : cyn_fail(err, CYN_E_IO, "cannot start a thread");
    }
    watch_files(d, m);
    CYN_TRY(start_server(d, err));
    for (size_t i = 0; i < CYN_LANES; i++)
        CYN_TRY(cyn_lane_start(&d->lanes[i], err));
    cyn_daemon_notify("READY=1\nSTATUS=loading");
    return CYN_OK;
}

static cyn_code run(cyn_daemon *d, minding *m, cyn_err *err)
{
    if (m->signals < 0) return cyn_fail_errno(err, "cannot receive", "signals");
    CYN_TRY(prepare(d, err));
    cyn_code rc = start(d, m, err);
    if (rc == CYN_OK) mind(d, m);
    bool stopped = atomic_load(&d->stopping);
    stop(d, m);
    if (rc != CYN_OK && rc != CYN_E_CANCEL) return rc;
    cyn_daemon_log(d, CYN_LOG_NOTICE, "daemon", "%s",
                   d->options->once && !stopped ? "done" : "stopped");
    if (m->failed) return cyn_fail(err, CYN_E_WORKER, "no script worker can be started any more");
    if (d->options->once && stopped) return cyn_fail(err, CYN_E_CANCEL, "interrupted");
    return m->result == CYN_OK ? CYN_OK : cyn_fail(err, m->result, "something failed: see above");
}

cyn_code cyn_daemon_run(const cyn_daemon_options *options, cyn_err *err)
{
    cyn_daemon d = {.options = options, .lock = {.fd = -1}, .alerts = {.fd = -1}};
    minding m = {.reload_at = CYN_TIME_MAX,
                 .look_at = CYN_TIME_MAX,
                 .opened = -1,
                 .watchdog = cyn_daemon_watchdog() / 2,
                 .offset = real_clock() - cyn_monotonic()};
    sigset_t caught, before;
    d.minding = &m;
    pthread_mutex_init(&d.mutex, NULL);
    pthread_mutex_init(&d.repairing, NULL);
    pthread_mutex_init(&d.log_mutex, NULL);
    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGHUP);
    signal(SIGXFSZ, SIG_IGN); /* a file that may grow no more is an error like a full disk */
    pthread_sigmask(SIG_BLOCK, &caught, &before); /* every thread has it from this one */
    m.signals = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
    cyn_code rc = run(&d, &m, err);
    if (m.signals >= 0) close(m.signals);
    if (m.opened >= 0) close(m.opened);
    clear(&d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_destroy(&d.log_mutex);
    pthread_mutex_destroy(&d.repairing);
    pthread_mutex_destroy(&d.mutex);
    return rc;
}
