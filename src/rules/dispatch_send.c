/* Sending: what is ripe goes to a thread for each channel, and what came of it back to the one
 * thread that writes to the store. A result is recorded as soon as it is there, so that a kill
 * costs at most what is on its way: that is sent again, under its key. */
#include "rules/dispatch_impl.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 16
#define ROUND_TIME                                                                                 \
    (10 * CYN_SECOND)  /* then a thread begins with no other message in this round                 \
                        */
#define ROUND_MOST 200 /* messages of a channel in a round */

typedef struct letter {
    cyn_message_row row;
    cyn_message message;
    cyn_notify_result result;
    int64_t answered; /* when the result came */
} letter;

/* What one channel sends in this round. */
typedef struct job {
    const cyn_config_channel *channel;
    letter *letters;
    size_t n, capacity;
    size_t done;     /* results that are there; under the lock */
    size_t recorded; /* of these; the main thread's */
    bool finished;   /* under the lock */
} job;

typedef struct post {
    cyn_dispatch_round *r;
    cyn_send send;
    cyn_notify_look look;
    job *jobs;
    size_t njobs;
    size_t next;      /* job that nobody has taken; under the lock */
    cyn_err err;      /* what concerns all; under the lock */
    atomic_bool stop; /* something does */
    pthread_mutex_t lock;
    pthread_cond_t news;
} post;

/* ---- a channel's thread ---- */

static bool is_stopped(const post *p)
{
    return atomic_load(&p->stop) || (p->r->o->cancel && atomic_load(p->r->o->cancel));
}

/* The round's time, and what has passed since it began. */
static int64_t now_of(const cyn_dispatch_round *r)
{
    return r->now + (cyn_dispatch_clock(r->o) - r->began);
}

/* Ends early at what may work later: the others would most likely meet the same. */
static void send_letters(post *p, job *j)
{
    for (size_t i = 0; i < j->n && !is_stopped(p); i++) {
        letter *l = &j->letters[i];
        cyn_err err = {0};
        if (i > 0 && now_of(p->r) - p->r->now > ROUND_TIME) return;
        cyn_code rc = p->send(j->channel, &l->message, &p->look, p->r->o->cancel, &l->result, &err);
        l->answered = now_of(p->r);
        pthread_mutex_lock(&p->lock);
        if (rc == CYN_OK)
            j->done = i + 1;
        else if (p->err.code == CYN_OK)
            p->err = err;
        pthread_cond_signal(&p->news);
        pthread_mutex_unlock(&p->lock);
        if (rc != CYN_OK) atomic_store(&p->stop, true);
        if (rc != CYN_OK || l->result.outcome == CYN_NOTIFY_LATER) return;
    }
}

static void *serve(void *arg)
{
    post *p = arg;
    pthread_mutex_lock(&p->lock);
    while (p->next < p->njobs) {
        job *j = &p->jobs[p->next++];
        pthread_mutex_unlock(&p->lock);
        send_letters(p, j);
        pthread_mutex_lock(&p->lock);
        j->finished = true;
        pthread_cond_signal(&p->news);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* ---- what came of it ---- */

static void note_failure(cyn_dispatch_round *r, const letter *l)
{
    cyn_err note = {0};
    char at[48];
    if (!r->notes) return;
    if (l->row.state == CYN_MESSAGE_DEAD) {
        cyn_fail(&note, CYN_E_IO, "channel '%s': %s: message %lld is given up", l->row.channel,
                 l->row.detail, (long long)l->row.id);
        cyn_hint(&note, "'cynosure alerts dead' lists such messages, and can send them again");
    } else {
        /* To the second, and not before it is. */
        int64_t next = l->row.next + CYN_SECOND - 1;
        cyn_format_instant(next - next % CYN_SECOND, r->o->project->calendar.tz, at, sizeof at);
        cyn_fail(&note, CYN_E_IO, "channel '%s': %s: tried %lld time%s, again at %s",
                 l->row.channel, l->row.detail, (long long)l->row.attempts,
                 l->row.attempts == 1 ? "" : "s", at);
    }
    cyn_err_list_add(r->notes, &note);
}

/* What an Alertmanager is told regularly is neither kept nor tried again: it is told anew. */
static bool is_passing(const cyn_config_channel *c, const cyn_message_row *m)
{
    return cyn_dispatch_is_bare(c) && m->kind == CYN_MESSAGE_REMINDER;
}

static bool asks_for_time(const letter *l)
{
    return l->result.outcome == CYN_NOTIFY_LATER && l->result.retry_after > 0;
}

static int64_t silent_until(const letter *l)
{
    return l->answered + l->result.retry_after;
}

static cyn_code record(cyn_dispatch_round *r, const cyn_config_channel *c, letter *l, cyn_err *err)
{
    cyn_store *st = r->o->store;
    cyn_dispatch_settle(c, &l->result, r->now, l->answered, &l->row);
    switch (l->row.state) {
    case CYN_MESSAGE_SENT: r->result->sent++; break;
    case CYN_MESSAGE_DEAD: r->result->dead++; break;
    case CYN_MESSAGE_WAITING: r->result->failed++; break;
    }
    if (l->row.state != CYN_MESSAGE_SENT) note_failure(r, l);
    if (asks_for_time(l)) CYN_TRY(cyn_store_delay_channel(st, c->name, silent_until(l), err));
    if (is_passing(c, &l->row)) return cyn_store_drop_message(st, l->row.id, err);
    if (l->row.state == CYN_MESSAGE_WAITING) cyn_dispatch_wake(r, l->row.next);
    return cyn_store_set_message(st, &l->row, err);
}

/* Results that are new, in one transaction. done[] was read under the lock. */
static cyn_code record_news(post *p, const size_t *done, cyn_err *err)
{
    cyn_store *st = p->r->o->store;
    CYN_TRY(cyn_store_begin_alerts(st, p->r->now, err));
    for (size_t i = 0; i < p->njobs; i++) {
        job *j = &p->jobs[i];
        for (; j->recorded < done[i]; j->recorded++)
            CYN_TRY(record(p->r, j->channel, &j->letters[j->recorded], err));
    }
    return cyn_store_commit_alerts(st, err);
}

/* Waits for news and records it, until all is done. The lock is held at the beginning and the end,
 * not while the store is written. */
static cyn_code watch(post *p, size_t *done, cyn_err *err)
{
    for (;;) {
        bool news = false, finished = true;
        for (size_t i = 0; i < p->njobs; i++) {
            done[i] = p->jobs[i].done;
            news |= done[i] > p->jobs[i].recorded;
            finished &= p->jobs[i].finished;
        }
        if (!news && (finished || atomic_load(&p->stop))) return CYN_OK;
        if (!news) {
            pthread_cond_wait(&p->news, &p->lock);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        cyn_code rc = record_news(p, done, err);
        pthread_mutex_lock(&p->lock);
        if (rc != CYN_OK) return rc;
    }
}

/* ---- threads ---- */

static cyn_code run_threads(post *p, cyn_err *err)
{
    pthread_t threads[THREADS];
    size_t started = 0, wanted = p->njobs < THREADS ? p->njobs : THREADS;
    size_t *done = CYN_NEW_ARRAY(p->r->arena, p->njobs, size_t);
    if (!done) return cyn_nomem(err);
    while (started < wanted && pthread_create(&threads[started], NULL, serve, p) == 0)
        started++;
    if (started == 0) return cyn_fail(err, CYN_E_LIMIT, "cannot start a thread to send messages");
    pthread_mutex_lock(&p->lock);
    cyn_code rc = watch(p, done, err);
    pthread_mutex_unlock(&p->lock);
    if (rc != CYN_OK) atomic_store(&p->stop, true);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < p->njobs; i++) /* what came in while others were waited for */
        done[i] = p->jobs[i].done;
    if (rc == CYN_OK && atomic_load(&p->stop)) rc = record_news(p, done, err);
    cyn_store_undo_alerts(p->r->o->store); /* what a failure left open */
    if (rc != CYN_OK) return rc;
    if (p->err.code != CYN_OK && err) *err = p->err;
    if (p->err.code != CYN_OK) return p->err.code;
    return is_stopped(p) ? cyn_fail(err, CYN_E_CANCEL, "cancelled") : CYN_OK;
}

/* When a letter that was not tried in this round is due: at once, unless it has to wait for what
 * came of the last one that was. */
static int64_t due_after(const letter *last, const letter *l, int64_t now)
{
    if (!last) return now;
    if (asks_for_time(last)) return silent_until(last);
    bool waits = last->row.state == CYN_MESSAGE_WAITING && !strcmp(last->row.group, l->row.group);
    return waits ? last->row.next : now;
}

static void wake_for_the_rest(cyn_dispatch_round *r, const post *p)
{
    for (size_t i = 0; i < p->njobs; i++) {
        const job *j = &p->jobs[i];
        const letter *last = j->recorded ? &j->letters[j->recorded - 1] : NULL;
        for (size_t k = j->recorded; k < j->n; k++)
            cyn_dispatch_wake(r, due_after(last, &j->letters[k], r->now));
    }
}

static cyn_code send_jobs(cyn_dispatch_round *r, job *jobs, size_t n, cyn_err *err)
{
    const cyn_project *project = r->o->project;
    post p = {.r = r,
              .send = r->o->send ? r->o->send : cyn_notify_send,
              .look = {.project = r->config->name,
                       .language = r->config->language,
                       .calendar = &project->calendar,
                       .dir = project->dir},
              .jobs = jobs,
              .njobs = n};
    atomic_init(&p.stop, false);
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.news, NULL);
    cyn_code rc = run_threads(&p, err);
    pthread_cond_destroy(&p.news);
    pthread_mutex_destroy(&p.lock);
    if (rc == CYN_OK) wake_for_the_rest(r, &p);
    return rc;
}

/* ---- what is ripe ---- */

static int by_group(const void *a, const void *b)
{
    const cyn_message_row *x = a, *y = b;
    int order = strcmp(x->channel, y->channel);
    if (order == 0) order = strcmp(x->group, y->group);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const letter *x = a, *y = b;
    return (x->row.id > y->row.id) - (x->row.id < y->row.id);
}

static cyn_code add_letter(cyn_dispatch_round *r, job *j, const cyn_message_row *m, cyn_err *err)
{
    letter *more = cyn_grown(r->arena, j->letters, j->n, &j->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    j->letters = more;
    j->letters[j->n++] = (letter){.row = *m};
    return CYN_OK;
}

static cyn_code forget(cyn_dispatch_round *r, const cyn_message_row *m, cyn_err *err)
{
    CYN_TRY(cyn_store_begin_alerts(r->o->store, r->now, err));
    CYN_TRY(cyn_store_drop_message(r->o->store, m->id, err));
    return cyn_store_commit_alerts(r->o->store, err);
}

/* Messages of a group that may go, up to the first that may not: the others wait for it. */
static cyn_code take_group(cyn_dispatch_round *r, job *j, const cyn_message_row *m, size_t n,
                           cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int64_t next = 0;
        if (is_passing(j->channel, &m[i]) && m[i].made != r->now) {
            CYN_TRY(forget(r, &m[i], err)); /* of a run that died */
        } else if (cyn_dispatch_is_ripe(&m[i], r->now, &next)) {
            CYN_TRY(add_letter(r, j, &m[i], err));
        } else {
            cyn_dispatch_wake(r, next);
            return CYN_OK;
        }
    }
    return CYN_OK;
}

/* Nothing goes while the receiver wants silence, whenever it was made. */
static cyn_code keep_silent(cyn_dispatch_round *r, job *j, cyn_err *err)
{
    int64_t until = 0;
    CYN_TRY(cyn_store_channel_delay(r->o->store, j->channel->name, &until, err));
    if (j->n == 0 || !cyn_dispatch_is_ahead(until, r->now)) return CYN_OK;
    for (size_t i = 0; i < j->n; i++)
        if (is_passing(j->channel, &j->letters[i].row)) CYN_TRY(forget(r, &j->letters[i].row, err));
    j->n = 0;
    cyn_dispatch_wake(r, until);
    return CYN_OK;
}

/* As many as the channel's rate leaves room for, in the order in which they were made. */
static cyn_code limit(cyn_dispatch_round *r, job *j, cyn_err *err)
{
    const cyn_config_channel *c = j->channel;
    size_t most = ROUND_MOST;
    int64_t again = r->now;
    if (j->n) qsort(j->letters, j->n, sizeof *j->letters, by_id);
    if (c->rate > 0) {
        int64_t tried = 0, first = 0;
        CYN_TRY(cyn_store_tried(r->o->store, c->name, r->now - c->rate_per, r->now, &tried, &first,
                                err));
        int64_t left = c->rate > tried ? c->rate - tried : 0;
        if (left < (int64_t)most) {
            most = (size_t)left;
            again = (tried ? first : r->now) + c->rate_per;
        }
    }
    if (j->n <= most) return CYN_OK;
    j->n = most;
    cyn_dispatch_wake(r, again);
    return CYN_OK;
}

static cyn_code fill(cyn_dispatch_round *r, letter *l, cyn_err *err)
{
    const cyn_notice *notices = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_message_notices(r->o->store, l->row.id, r->arena, &notices, &n, err));
    l->message = (cyn_message){.key = l->row.key,
                               .group = l->row.group,
                               .group_labels = l->row.labels,
                               .ngroup_labels = l->row.nlabels,
                               .notices = notices,
                               .nnotices = n,
                               .reminder = l->row.kind == CYN_MESSAGE_REMINDER,
                               .escalated = l->row.kind == CYN_MESSAGE_ESCALATION,
                               .at = l->row.made};
    return CYN_OK;
}

/* Messages for a channel that is no longer there die after a day. */
static cyn_code bury(cyn_dispatch_round *r, const cyn_message_row *m, size_t n, cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int64_t end = m[i].since + CYN_DISPATCH_GIVE_UP;
        if (r->now < end) {
            cyn_dispatch_wake(r, end);
            continue;
        }
        cyn_message_row dead = m[i];
        dead.state = CYN_MESSAGE_DEAD;
        dead.detail = "there is no such channel";
        CYN_TRY(cyn_store_begin_alerts(r->o->store, r->now, err));
        CYN_TRY(cyn_store_set_message(r->o->store, &dead, err));
        CYN_TRY(cyn_store_commit_alerts(r->o->store, err));
        r->result->dead++;
    }
    return CYN_OK;
}

/* The messages of one channel, sorted by group. */
static cyn_code take_channel(cyn_dispatch_round *r, const cyn_message_row *m, size_t n, job *j,
                             cyn_err *err)
{
    size_t next = 0;
    j->channel = cyn_dispatch_channel(r->config, m->channel);
    if (!j->channel) return bury(r, m, n, err);
    for (size_t i = 0; i < n; i = next) {
        next = i + 1;
        while (next < n && !strcmp(m[next].group, m[i].group))
            next++;
        CYN_TRY(take_group(r, j, &m[i], next - i, err));
    }
    CYN_TRY(keep_silent(r, j, err));
    CYN_TRY(limit(r, j, err));
    for (size_t i = 0; i < j->n; i++)
        CYN_TRY(fill(r, &j->letters[i], err));
    return CYN_OK;
}

cyn_code cyn_dispatch_send(cyn_dispatch_round *r, cyn_err *err)
{
    const cyn_message_row *open = NULL;
    size_t n = 0, njobs = 0, next = 0;
    CYN_TRY(cyn_store_messages(r->o->store, CYN_MESSAGE_WAITING, r->arena, &open, &n, err));
    if (n == 0) return CYN_OK;
    cyn_message_row *sorted = CYN_NEW_ARRAY(r->arena, n, cyn_message_row);
    job *jobs = CYN_NEW_ARRAY(r->arena, r->config->nchannels + 1, job);
    if (!sorted || !jobs) return cyn_nomem(err);
    memcpy(sorted, open, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_group);
    for (size_t i = 0; i < n; i = next) {
        next = i + 1;
        while (next < n && !strcmp(sorted[next].channel, sorted[i].channel))
            next++;
        jobs[njobs] = (job){0};
        CYN_TRY(take_channel(r, &sorted[i], next - i, &jobs[njobs], err));
        if (jobs[njobs].n > 0) njobs++;
    }
    return njobs ? send_jobs(r, jobs, njobs, err) : CYN_OK;
}
