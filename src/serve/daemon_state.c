#include "serve/daemon_impl.h"
#include "store/repair.h"
#include <errno.h>
#include <sys/stat.h>

/* Lanes let go of what they know of the state at their next step. */
static void begin_epoch(cyn_daemon *d)
{
    d->state_file = 0;
    atomic_fetch_add(&d->epoch, 1);
    for (size_t i = 0; i < CYN_LANES; i++)
        if (d->lanes[i].self) cyn_lane_ring(&d->lanes[i]);
}

/* ---- another file ---- */

static void follow_file(cyn_daemon *d)
{
    struct stat st;
    bool there = stat(d->state, &st) == 0;
    if (!there && (errno != ENOENT || d->state_file == 0)) return;
    bool same = there && d->state_file == st.st_ino && d->state_device == st.st_dev;
    if (!same && d->state_file != 0) {
        if (!there) cyn_store_drop_leftovers(d->state);
        begin_epoch(d);
        cyn_daemon_log(d, CYN_LOG_ERROR, "state",
                       there ? "%s was replaced by another file: what that one says counts from "
                               "now on"
                             : "%s was deleted: a new one begins, and what was recorded before, "
                               "and the states of alerts, are gone with it",
                       d->state);
    }
    if (!there) return;
    d->state_device = st.st_dev;
    d->state_file = st.st_ino;
}

/* While somebody examines it there is nothing to be found out. */
void cyn_daemon_look_at_state(cyn_daemon *d)
{
    if (pthread_mutex_trylock(&d->repairing) != 0) return;
    follow_file(d);
    pthread_mutex_unlock(&d->repairing);
}

/* ---- damage ---- */

static cyn_code mend(cyn_daemon *d, cyn_arena *arena, cyn_err *err)
{
    const char *damage = NULL, *kept = NULL;
    CYN_TRY(cyn_store_examine(d->state, arena, &damage, err));
    if (!damage) return CYN_OK;
    CYN_TRY(cyn_store_set_aside(d->state, cyn_now(), arena, &kept, err));
    if (!kept) return CYN_OK;
    atomic_fetch_add(&d->damaged, 1);
    begin_epoch(d);
    cyn_daemon_log(
        d, CYN_LOG_ERROR, "state",
        "%s was damaged and moved to %s; a new one begins, and what was recorded before, "
        "and the states of alerts, are in the old one only (%s)",
        d->state, kept, damage);
    return CYN_OK;
}

void cyn_daemon_mend_state(cyn_daemon *d)
{
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return; /* whoever met it will come back */
    pthread_mutex_lock(&d->repairing);
    if (mend(d, arena, &err) != CYN_OK) cyn_daemon_log_error(d, CYN_LOG_WARNING, "state", &err);
    pthread_mutex_unlock(&d->repairing);
    cyn_arena_free(arena);
}
