/* Groups, keys and times: pure functions. */
#include "base/hash.h"
#include "rules/dispatch_impl.h"
#include <string.h>

#define BACKOFF_FIRST CYN_SECOND
#define BACKOFF_MOST  (10 * CYN_MINUTE)

/* ---- groups ---- */

/* Whether a name is among the first n that the channel groups by. */
static bool is_among(const cyn_config_channel *c, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(c->group_by[i], name)) return true;
    return false;
}

/* Of an Alertmanager's alerts there is one group: it makes its own. */
cyn_code cyn_dispatch_group_of(const cyn_config_channel *c, const cyn_notice *notice,
                               cyn_arena *arena, cyn_dispatch_group *out, cyn_err *err)
{
    size_t n = cyn_dispatch_is_bare(c) ? 0 : c->ngroup_by, others = 0, all = 0;
    cyn_alert_label *labels = CYN_NEW_ARRAY(arena, n + 1, cyn_alert_label);
    cyn_alert_label *named = CYN_NEW_ARRAY(arena, n + 1, cyn_alert_label);
    if (!labels || !named) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const char *name = c->group_by[i];
        if (is_among(c, i, name)) continue;
        labels[all] = (cyn_alert_label){.name = name, .value = cyn_notice_label(notice, name)};
        if (strcmp(name, "rule") != 0) named[others++] = labels[all];
        all++;
    }
    char *text = NULL;
    const char *head = is_among(c, n, "rule") ? notice->rule : "alerts";
    CYN_TRY(cyn_alert_identity(head, named, others, arena, &text, err));
    *out = (cyn_dispatch_group){.text = text, .labels = labels, .nlabels = all};
    return CYN_OK;
}

/* ---- keys ---- */

/* With its length, so that no two lists look the same. */
static void put_text(cyn_buf *b, const char *s)
{
    cyn_buf_printf(b, "%zu:%s", strlen(s), s);
}

cyn_code cyn_dispatch_key(const char *channel, const char *group, cyn_message_kind kind,
                          int64_t number, const char *const *events, size_t n, char out[65],
                          cyn_err *err)
{
    cyn_buf b = {0};
    put_text(&b, channel);
    put_text(&b, group);
    cyn_buf_printf(&b, "%s %lld %zu:", cyn_message_kind_names[kind], (long long)number, n);
    for (size_t i = 0; i < n; i++)
        put_text(&b, events[i]);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(b.data, b.len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(&b);
    return rc;
}

/* ---- times ---- */

/* 0 ≤ share < 1, the same for the same message and failure. */
static double share_of(const char *key, int64_t failures)
{
    struct {
        cyn_sha256 key;
        int64_t failures;
    } seed = {cyn_sha256_of(key, strlen(key)), failures};
    cyn_sha256 sum = cyn_sha256_of(&seed, sizeof seed);
    uint32_t bits = (uint32_t)sum.bytes[0] << 16 | (uint32_t)sum.bytes[1] << 8 | sum.bytes[2];
    return bits / 16777216.0;
}

int64_t cyn_dispatch_backoff(const char *key, int64_t failures)
{
    int64_t wait = BACKOFF_FIRST;
    for (int64_t i = 1; i < failures && wait < BACKOFF_MOST; i++)
        wait *= 2;
    if (wait > BACKOFF_MOST) wait = BACKOFF_MOST;
    return wait + (int64_t)((double)wait * 0.5 * share_of(key, failures));
}

int64_t cyn_dispatch_due(const cyn_config_channel *c, int64_t first, int64_t last, int64_t now)
{
    if (cyn_dispatch_is_bare(c)) return now;
    int64_t due = first > now ? now : first + c->group_wait;
    if (last == CYN_ALERT_NEVER || last > now) return due;
    return due > last + c->group_interval ? due : last + c->group_interval;
}

/* An hour is the longest that a receiver is given (notify/send_http.c); attempts and their answers
 * take their time, too. */
#define FARTHEST (CYN_HOUR + 10 * CYN_MINUTE)

bool cyn_dispatch_is_ahead(int64_t t, int64_t now)
{
    return t > now && t <= now + FARTHEST;
}

bool cyn_dispatch_is_ripe(const cyn_message_row *m, int64_t now, int64_t *next)
{
    bool set_back = m->tried != CYN_ALERT_NEVER ? m->tried > now : m->made > now;
    if (set_back || !cyn_dispatch_is_ahead(m->next, now)) return true;
    *next = m->next;
    return false;
}

/* The last attempt is at the end of the channel's patience, unless the receiver wants none then. */
static void put_off(const cyn_config_channel *c, const cyn_notify_result *result, int64_t answered,
                    cyn_message_row *m)
{
    int64_t end = m->since + c->give_up, wait = cyn_dispatch_backoff(m->key, m->attempts);
    bool may_shorten = result->retry_after <= wait;
    if (!may_shorten) wait = result->retry_after;
    m->next = answered + wait;
    if (m->next <= end) return;
    if (answered < end && may_shorten)
        m->next = end;
    else
        m->state = CYN_MESSAGE_DEAD;
}

void cyn_dispatch_settle(const cyn_config_channel *c, const cyn_notify_result *result, int64_t now,
                         int64_t answered, cyn_message_row *m)
{
    m->attempts++;
    m->tried = now;
    m->detail = result->detail;
    if (m->since > now) m->since = now; /* the clock was set back */
    switch (result->outcome) {
    case CYN_NOTIFY_SENT: m->state = CYN_MESSAGE_SENT; break;
    case CYN_NOTIFY_REFUSED: m->state = CYN_MESSAGE_DEAD; break;
    case CYN_NOTIFY_LATER: put_off(c, result, answered, m); break;
    }
}
