/* Rows of the outbox: which are held, which are closed, which become messages.
 *
 * The rows of one alert for one channel are a *story*, told in order: a beginning (or a worsening)
 * is held while it is muted and closed when it is over before anybody could hear of it; an end is
 * told where the beginning was, silence or not, and nowhere else.
 */
#include "rules/dispatch_impl.h"
#include <stdlib.h>
#include <string.h>

typedef enum verdict {
    STAYS, /* held, closed, or for a channel that is not there */
    GOES,  /* with its group */
    ENDS,  /* goes, but is not told: `resolved: false` */
} verdict;

typedef struct item {
    const cyn_outbox_row *row;
    const cyn_config_channel *channel;
    const cyn_tale *tale; /* what the channel was told of the alert; NULL: nothing */
    cyn_dispatch_group group;
    verdict verdict;
} item;

/* ---- stories ---- */

static int by_story(const void *a, const void *b)
{
    const item *x = a, *y = b;
    int order = strcmp(x->row->channel, y->row->channel);
    if (order == 0) order = strcmp(x->row->notice->identity, y->row->notice->identity);
    return order ? order : (x->row->id > y->row->id) - (x->row->id < y->row->id);
}

static int compare_tales(const void *a, const void *b)
{
    const cyn_tale *x = a, *y = b;
    int order = strcmp(x->channel, y->channel);
    return order ? order : strcmp(x->identity, y->identity);
}

static bool same_story(const item *x, const item *y)
{
    return !strcmp(x->row->channel, y->row->channel) &&
           !strcmp(x->row->notice->identity, y->row->notice->identity);
}

static cyn_code close_row(cyn_dispatch_round *r, item *it, cyn_row_state state, const char *why,
                          cyn_err *err)
{
    it->verdict = STAYS;
    return cyn_store_set_row(r->o->store, it->row->id, state, why, err);
}

static cyn_code hold(cyn_dispatch_round *r, const item *it, const cyn_muting *muting, cyn_err *err)
{
    cyn_buf why = {0};
    cyn_code rc = CYN_OK;
    r->result->muted++;
    if (muting->until != CYN_ALERT_NO_CHANGE) cyn_dispatch_wake(r, muting->until);
    cyn_muting_text(muting, r->o->project->calendar.tz, &why);
    CYN_GOTO(cyn_buf_check(&why, err));
    if (it->row->state != CYN_ROW_HELD || strcmp(it->row->detail, why.data) != 0)
        rc = cyn_store_set_row(r->o->store, it->row->id, CYN_ROW_HELD, why.data, err);
done:
    cyn_buf_clear(&why);
    return rc;
}

/* Whether a later row of the story says more of the same incident. */
static bool is_outdated(const item *it, size_t left)
{
    for (size_t i = 1; i < left; i++)
        if (it[i].row->notice->firing &&
            !strcmp(it[i].row->notice->incident, it->row->notice->incident))
            return true;
    return false;
}

static cyn_code judge_beginning(cyn_dispatch_round *r, item *it, size_t left, cyn_err *err)
{
    cyn_muting muting;
    const cyn_outbox_row *row = it->row;
    bool muted =
        !cyn_dispatch_is_bare(it->channel) && cyn_muted(&r->mutes, row->notice, r->now, &muting);
    if (muted && row->going_on) return hold(r, it, &muting, err);
    if (muted || (row->state == CYN_ROW_HELD && !row->going_on))
        return close_row(r, it, CYN_ROW_MUTED, "it was muted until it was over", err);
    if (row->state == CYN_ROW_HELD && is_outdated(it, left))
        return close_row(r, it, CYN_ROW_MUTED, "what followed it is told", err);
    it->verdict = GOES;
    return CYN_OK;
}

static cyn_code judge_end(cyn_dispatch_round *r, item *it, bool told, cyn_err *err)
{
    if (!told) return close_row(r, it, CYN_ROW_MUTED, "its beginning was not told", err);
    it->verdict = it->channel->resolved ? GOES : ENDS;
    return CYN_OK;
}

/* The group that the alert has already: that of what was told first, whatever becomes of labels and
 * severity meanwhile, or else of what is still on its way. Messages of a group are in order. */
static cyn_code find_group(cyn_dispatch_round *r, const item *it, cyn_dispatch_group *out,
                           cyn_err *err)
{
    if (!it->tale)
        return cyn_store_open_group(r->o->store, it->row->channel, it->row->notice->identity,
                                    r->arena, &out->text, &out->labels, &out->nlabels, err);
    *out = (cyn_dispatch_group){it->tale->group, it->tale->labels, it->tale->nlabels};
    return CYN_OK;
}

/* The rows of one story, in order. */
static cyn_code judge_story(cyn_dispatch_round *r, item *items, size_t n, cyn_err *err)
{
    bool told = items->tale != NULL;
    cyn_dispatch_group group = {0};
    CYN_TRY(find_group(r, items, &group, err));
    for (size_t i = 0; i < n; i++) {
        item *it = &items[i];
        bool firing = it->row->notice->firing;
        CYN_TRY(firing ? judge_beginning(r, it, n - i, err) : judge_end(r, it, told, err));
        if (!firing)
            told = false;
        else if (it->verdict == GOES)
            told = true;
        if (it->verdict == STAYS) continue;
        if (!group.text)
            CYN_TRY(cyn_dispatch_group_of(it->channel, it->row->notice, r->arena, &group, err));
        it->group = group;
    }
    return CYN_OK;
}

/* Many alerts may wait for one channel. */
static void add_note_once(cyn_err_list *notes, const char *channel)
{
    cyn_err note = {0};
    cyn_fail(&note, CYN_E_NAME, "events wait for channel '%s', which is not in cynosure.yaml",
             channel);
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->items[i].message, note.message) == 0) return;
    cyn_err_list_add(notes, &note);
}

/* A name that is missing by mistake is put right within a day; until then nothing is lost. */
static cyn_code miss_channel(cyn_dispatch_round *r, item *items, size_t n, cyn_err *err)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t end = items[i].row->at + CYN_DISPATCH_GIVE_UP;
        if (r->now >= end) {
            CYN_TRY(close_row(r, &items[i], CYN_ROW_SKIPPED, "there is no such channel", err));
            continue;
        }
        left++;
        cyn_dispatch_wake(r, end);
    }
    r->result->waiting += left;
    if (left == 0 || !r->notes) return CYN_OK;
    add_note_once(r->notes, items->row->channel);
    return CYN_OK;
}

static cyn_code judge_all(cyn_dispatch_round *r, item *items, size_t n, cyn_err *err)
{
    size_t tales = 0, next = 0;
    const cyn_tale *known = NULL;
    CYN_TRY(cyn_store_tales(r->o->store, r->arena, &known, &tales, err));
    cyn_tale *sorted = CYN_NEW_ARRAY(r->arena, tales + 1, cyn_tale);
    if (!sorted) return cyn_nomem(err);
    if (tales) memcpy(sorted, known, tales * sizeof *sorted);
    qsort(sorted, tales, sizeof *sorted, compare_tales);
    qsort(items, n, sizeof *items, by_story);
    for (size_t i = 0; i < n; i = next) {
        next = i + 1;
        while (next < n && same_story(&items[i], &items[next]))
            next++;
        cyn_tale key = {.channel = items[i].row->channel,
                        .identity = items[i].row->notice->identity};
        items[i].tale = tales ? bsearch(&key, sorted, tales, sizeof key, compare_tales) : NULL;
        for (size_t j = i + 1; j < next; j++)
            items[j].tale = items[i].tale;
        CYN_TRY(items[i].channel ? judge_story(r, &items[i], next - i, err)
                                 : miss_channel(r, &items[i], next - i, err));
    }
    return CYN_OK;
}

/* ---- groups ---- */

/* Escalations apart, and first: what they tell began before what is news. */
static int by_group(const void *a, const void *b)
{
    const item *x = a, *y = b;
    int order = strcmp(x->row->channel, y->row->channel);
    if (order == 0) order = strcmp(x->group.text, y->group.text);
    if (order == 0) order = y->row->escalated - x->row->escalated;
    return order ? order : (x->row->id > y->row->id) - (x->row->id < y->row->id);
}

static bool same_group(const item *x, const item *y)
{
    return !strcmp(x->row->channel, y->row->channel) && !strcmp(x->group.text, y->group.text) &&
           x->row->escalated == y->row->escalated;
}

/* What the channel knows of the alert from now on. */
static cyn_code renew_tale(cyn_dispatch_round *r, const item *it, cyn_err *err)
{
    const cyn_notice *n = it->row->notice;
    if (!n->firing) return cyn_store_drop_tale(r->o->store, it->channel->name, n->identity, err);
    bool goes_on = it->tale && !strcmp(it->tale->incident, n->incident);
    cyn_tale tale = {.channel = it->channel->name,
                     .incident = n->incident,
                     .identity = n->identity,
                     .group = it->group.text,
                     .labels = it->group.labels,
                     .nlabels = it->group.nlabels,
                     .event = it->row->event,
                     .first = goes_on ? it->tale->first : r->now,
                     .last = r->now,
                     .reminders = goes_on ? it->tale->reminders : 0};
    return cyn_store_put_tale(r->o->store, &tale, err);
}

static cyn_code make_message(cyn_dispatch_round *r, const item *items, size_t n, cyn_err *err)
{
    int64_t *events = CYN_NEW_ARRAY(r->arena, n, int64_t), message = 0;
    const char **keys = CYN_NEW_ARRAY(r->arena, n, const char *);
    size_t count = 0;
    if (!events || !keys) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (items[i].verdict != GOES) continue;
        events[count] = items[i].row->event;
        keys[count++] = items[i].row->notice->key;
    }
    cyn_message_kind kind = items->row->escalated ? CYN_MESSAGE_ESCALATION : CYN_MESSAGE_NEWS;
    if (count)
        CYN_TRY(cyn_dispatch_make(r, items->channel, &items->group, kind, 0, events, keys, count,
                                  &message, err));
    for (size_t i = 0; i < n; i++) {
        const item *it = &items[i];
        CYN_TRY(it->verdict == GOES ? cyn_store_tell_row(r->o->store, it->row->id, message, err)
                                    : cyn_store_set_row(r->o->store, it->row->id, CYN_ROW_SKIPPED,
                                                        "this channel does not tell ends", err));
        CYN_TRY(renew_tale(r, it, err));
    }
    return CYN_OK;
}

static cyn_code deal_group(cyn_dispatch_round *r, const item *items, size_t n, cyn_err *err)
{
    const cyn_config_channel *c = items->channel;
    int64_t first = items->row->at, last = CYN_ALERT_NEVER;
    bool open = false;
    CYN_TRY(cyn_store_last_message(r->o->store, c->name, items->group.text, &last, &open, err));
    for (size_t i = 1; i < n; i++)
        if (items[i].row->at < first) first = items[i].row->at;
    int64_t due = items->row->escalated ? r->now : cyn_dispatch_due(c, first, last, r->now);
    if (due > r->now) {
        cyn_dispatch_wake(r, due);
        r->result->waiting += n;
        return CYN_OK;
    }
    size_t most = cyn_dispatch_is_bare(c) ? CYN_DISPATCH_BARE : n;
    for (size_t i = 0; i < n; i += most)
        CYN_TRY(make_message(r, items + i, n - i < most ? n - i : most, err));
    return CYN_OK;
}

cyn_code cyn_dispatch_deal(cyn_dispatch_round *r, cyn_err *err)
{
    const cyn_outbox_row *rows = NULL;
    size_t n = 0, going = 0, next = 0;
    CYN_TRY(cyn_store_open_rows(r->o->store, r->arena, &rows, &n, err));
    if (n == 0) return CYN_OK;
    item *items = CYN_NEW_ARRAY(r->arena, n, item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        items[i] =
            (item){.row = &rows[i], .channel = cyn_dispatch_channel(r->config, rows[i].channel)};
    CYN_TRY(judge_all(r, items, n, err));
    for (size_t i = 0; i < n; i++)
        if (items[i].verdict != STAYS) items[going++] = items[i];
    qsort(items, going, sizeof *items, by_group);
    for (size_t i = 0; i < going; i = next) {
        next = i + 1;
        while (next < going && same_group(&items[i], &items[next]))
            next++;
        CYN_TRY(deal_group(r, &items[i], next - i, err));
    }
    return CYN_OK;
}
