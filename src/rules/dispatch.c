#include "rules/dispatch_impl.h"
#include <string.h>

const cyn_config_channel *cyn_dispatch_channel(const cyn_config *c, const char *name)
{
    for (size_t i = 0; i < c->nchannels; i++)
        if (!strcmp(c->channels[i].name, name)) return &c->channels[i];
    return NULL;
}

cyn_code cyn_dispatch_make(cyn_dispatch_round *r, const cyn_config_channel *c,
                           const cyn_dispatch_group *group, cyn_message_kind kind, int64_t number,
                           const int64_t *events, const char *const *keys, size_t n, int64_t *id,
                           cyn_err *err)
{
    char key[65];
    CYN_TRY(cyn_dispatch_key(c->name, group->text, kind, number, keys, n, key, err));
    cyn_message_row m = {.key = key,
                         .channel = c->name,
                         .group = group->text,
                         .labels = group->labels,
                         .nlabels = group->nlabels,
                         .kind = kind,
                         .made = r->now,
                         .since = r->now,
                         .next = r->now};
    CYN_TRY(cyn_store_add_message(r->o->store, &m, events, n, err));
    *id = m.id;
    return CYN_OK;
}

/* What is to be said, as messages with their keys: all of it, or nothing. */
static cyn_code compose(cyn_dispatch_round *r, cyn_err *err)
{
    cyn_store *st = r->o->store;
    cyn_code rc = CYN_OK;
    CYN_TRY(cyn_store_begin_alerts(st, r->now, err));
    CYN_GOTO(cyn_dispatch_escalate(r, err));
    CYN_GOTO(cyn_dispatch_deal(r, err));
    CYN_GOTO(cyn_dispatch_remind(r, err));
    CYN_GOTO(cyn_store_commit_alerts(st, err));
done:
    if (rc != CYN_OK) cyn_store_undo_alerts(st);
    return rc;
}

static cyn_code run(cyn_dispatch_round *r, cyn_err *err)
{
    CYN_TRY(cyn_dispatch_mutes(r->o->project, r->o->store, r->now, r->arena, &r->mutes, err));
    CYN_TRY(compose(r, err));
    return cyn_dispatch_send(r, err);
}

cyn_code cyn_dispatch(const cyn_dispatch_options *o, int64_t now, cyn_err_list *notes,
                      cyn_dispatch_result *out, cyn_err *err)
{
    cyn_dispatch_result result = {.next = CYN_TIME_MAX};
    cyn_dispatch_round r = {.o = o,
                            .config = o->project->config,
                            .now = now,
                            .began = cyn_dispatch_clock(o),
                            .arena = cyn_arena_new(0),
                            .notes = notes,
                            .result = &result};
    if (!r.arena) return cyn_nomem(err);
    cyn_code rc = run(&r, err);
    cyn_dispatch_free_mutes(&r.mutes);
    cyn_arena_free(r.arena);
    if (rc == CYN_OK) *out = result;
    return rc;
}
