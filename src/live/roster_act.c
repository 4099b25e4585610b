/* What people say about alerts: that they take care, that something is to be quiet. */
#include "base/text.h"
#include "live/roster.h"
#include <string.h>

/* ---- acknowledgements ---- */

static cyn_code ack_one(const cyn_roster *r, const cyn_alert_row *row, const char *who,
                        const char *why, bool undo, cyn_err *err)
{
    cyn_ack ack = {.identity = row->identity,
                   .start = row->alert.start,
                   .at = r->clock,
                   .who = who,
                   .why = why};
    if (undo) return cyn_store_unack(r->store, row->identity, row->alert.start, err);
    return cyn_store_ack(r->store, &ack, err);
}

cyn_code cyn_roster_ack(const cyn_roster *r, const char *word, const char *who, const char *why,
                        bool undo, const cyn_alert_row *const **rows, size_t *n, cyn_err *err)
{
    size_t *found = NULL, count = 0, firing = 0;
    CYN_TRY(cyn_roster_find(r, word, &found, &count, err));
    const cyn_alert_row **done = CYN_NEW_ARRAY(r->arena, count + 1, const cyn_alert_row *);
    if (!done) return cyn_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const cyn_alert_row *row = &r->rows[found[i]];
        if (!cyn_alert_is_firing(&row->alert)) continue;
        CYN_TRY(ack_one(r, row, who, why, undo, err));
        done[firing++] = row;
    }
    if (firing == 0) {
        cyn_fail(err, CYN_E_NAME, "'%s' does not fire: there is nothing to acknowledge", word);
        cyn_hint(err,
                 "'cynosure alerts' lists what does; 'alerts silence' keeps what may come quiet");
        return CYN_E_NAME;
    }
    *rows = done;
    *n = firing;
    return CYN_OK;
}

/* ---- silences ---- */

#define FOR_EVER (3660 * CYN_DAY)

enum { WHY_MOST = 1000, WHO_MOST = 200 }; /* characters */

/* However it was given; a length has been rounded up to the minute. */
static cyn_code check_end(const cyn_roster *r, int64_t from, int64_t end, cyn_err *err)
{
    if (end <= from || end <= r->clock) return cyn_fail(err, CYN_E_RANGE, "has passed already");
    if (end < from + FOR_EVER + CYN_MINUTE) return CYN_OK;
    return cyn_fail(err, CYN_E_RANGE, "that is for ever; mend the rule");
}

cyn_code cyn_roster_silence_end(const cyn_roster *r, int64_t from, int64_t length, int64_t until,
                                int64_t *end, cyn_err *err)
{
    if (length > FOR_EVER) return cyn_fail(err, CYN_E_RANGE, "that is for ever; mend the rule");
    if (length > 0) {
        /* Nobody thinks of seconds; the last minute counts as a whole. */
        int64_t last = from + length + CYN_MINUTE - 1;
        *end = last - last % CYN_MINUTE;
    } else {
        *end = until;
    }
    return check_end(r, from, *end, err);
}

/* Bytes of the blank that the text begins with, the ideographic one too; 0: none. */
static size_t blank_size(const char *s)
{
    static const char wide[] = "\u3000";
    if (*s && strchr(" \t\r\n\v\f", *s)) return 1;
    return strncmp(s, wide, sizeof wide - 1) == 0 ? sizeof wide - 1 : 0;
}

/* The text without the blanks around it; NULL: memory. */
static char *trimmed(const char *s, cyn_arena *arena)
{
    size_t n = 0;
    for (size_t b; (b = blank_size(s)) > 0;)
        s += b;
    for (size_t i = 0, b; s[i]; i += b ? b : 1)
        if (!(b = blank_size(s + i))) n = i + 1;
    return cyn_strndup(arena, s, n);
}

/* What somebody says of a silence: something, and no novel. */
static cyn_code say(const cyn_roster *r, const char *name, size_t most, const char **text,
                    cyn_err *err)
{
    const char *s = trimmed(*text ? *text : "", r->arena);
    if (!s) return cyn_nomem(err);
    size_t n = cyn_utf8_count(s, strlen(s));
    if (n == 0) return cyn_fail(err, CYN_E_USAGE, "say %s: whoever wonders reads it", name);
    if (n > most)
        return cyn_fail(err, CYN_E_USAGE, "'%s' has %zu characters: at most %zu are allowed", name,
                        n, most);
    *text = s;
    return CYN_OK;
}

static size_t count_matches(const cyn_roster *r, const cyn_alert_silence *s)
{
    size_t n = 0;
    for (size_t i = 0; i < r->nrows; i++) {
        const cyn_alert_row *row = &r->rows[i];
        cyn_notice notice;
        if (!cyn_alert_is_firing(&row->alert)) continue;
        if (cyn_roster_notice(r, row, cyn_roster_rule(r, row->rule), &notice, NULL) == CYN_OK)
            n += cyn_matchers_match(s->matchers, s->nmatchers, &notice);
    }
    return n;
}

cyn_code cyn_roster_silence(const cyn_roster *r, cyn_alert_silence *silence, size_t *matching,
                            cyn_err *err)
{
    CYN_TRY(say(r, "why", WHY_MOST, &silence->why, err));
    CYN_TRY(say(r, "who", WHO_MOST, &silence->who, err));
    CYN_TRY(check_end(r, silence->from, silence->until, err));
    CYN_TRY(cyn_store_add_silence(r->store, silence, r->clock, &silence->id, err));
    *matching = count_matches(r, silence);
    return CYN_OK;
}
