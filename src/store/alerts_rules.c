/* Rules and their slots. Nearly all rules of an evaluation have nothing new but their slot, and
 * most have the same one: such rules share a row of rule_slot, their *turn*. What is stored is
 * remembered here while the store is open, so that a commit writes only what differs: one row for
 * a turn that moved as a whole, and the rules that have news, or moved alone. */
#include "base/hash.h"
#include "store/alerts_impl.h"
#include <string.h>

static const char writing[] = "record rules", reading[] = "read rules";

typedef struct entry {
    cyn_rule_row row;       /* as it is stored; its texts are not, but for the name */
    uint64_t error, frozen; /* hashes of these texts; 0: none */
    size_t turn;
    bool gone, moved;
    int64_t to; /* where it moved */
} entry;

typedef struct turn {
    int64_t id, slot;
    size_t members, moved;
    int64_t to;
    bool apart; /* its members moved to different slots */
} turn;

struct cyn_rule_slots {
    cyn_arena *arena;
    int64_t version; /* of the data, when they were read */
    entry *entries;
    size_t nentries, entry_room;
    size_t *table; /* of entries + 1, by name; 0: free */
    size_t places; /* a power of 2 */
    turn *turns;
    size_t nturns, turn_room;
};

void cyn_store_forget_slots(struct cyn_alert_store *s)
{
    if (s->slots) cyn_arena_free(s->slots->arena);
    s->slots = NULL;
}

/* ---- finding a rule ---- */

/* Its place in the table, or the free one where it belongs. */
static size_t place_of(const struct cyn_rule_slots *s, const char *rule)
{
    size_t at = cyn_hash64(rule, strlen(rule), 0) & (s->places - 1);
    while (s->table[at] && strcmp(s->entries[s->table[at] - 1].row.rule, rule) != 0)
        at = (at + 1) & (s->places - 1);
    return at;
}

static bool make_room(struct cyn_rule_slots *s)
{
    if (s->places > 2 * s->nentries) return true;
    size_t places = s->places ? s->places * 4 : 64;
    size_t *table = CYN_NEW_ARRAY(s->arena, places, size_t);
    if (!table) return false;
    s->table = table;
    s->places = places;
    for (size_t i = 0; i < s->nentries; i++)
        s->table[place_of(s, s->entries[i].row.rule)] = i + 1;
    return true;
}

static entry *find(const struct cyn_rule_slots *s, const char *rule)
{
    size_t at = s->places ? s->table[place_of(s, rule)] : 0;
    return at ? &s->entries[at - 1] : NULL;
}

static entry *add_entry(struct cyn_rule_slots *s, const char *rule)
{
    char *name = cyn_strdup(s->arena, rule);
    entry *more = cyn_grown(s->arena, s->entries, s->nentries, &s->entry_room, sizeof *more);
    if (!name || !more) return NULL;
    s->entries = more;
    if (!make_room(s)) return NULL;
    s->table[place_of(s, rule)] = s->nentries + 1;
    entry *e = &s->entries[s->nentries++];
    *e = (entry){.row.rule = name, .gone = true};
    return e;
}

/* ---- what is stored ---- */

static uint64_t hash_text(const char *text)
{
    return text ? cyn_hash64(text, strlen(text), 0) | 1 : 0;
}

static bool read_row(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_rule_row *out = item;
    bool ok = true;
    int health = cyn_store_word(q, 3, cyn_alert_health_names, CYN_HEALTH_ERROR + 1);
    *out = (cyn_rule_row){.rule = cyn_store_copy_text(q, 0, arena, &ok),
                          .slot = sqlite3_column_int64(q, 1),
                          .missed = (uint64_t)sqlite3_column_int64(q, 2),
                          .health = health < 0 ? CYN_HEALTH_OK : (cyn_alert_health)health,
                          .health_since = sqlite3_column_int64(q, 4),
                          .error = cyn_store_copy_text(q, 5, arena, &ok),
                          .segments = sqlite3_column_int64(q, 6),
                          .firing = sqlite3_column_int64(q, 7),
                          .pending = sqlite3_column_int64(q, 8),
                          .frozen_by = cyn_store_copy_text(q, 10, arena, &ok)};
    return ok;
}

cyn_code cyn_store_rules(cyn_store *st, cyn_arena *arena, const cyn_rule_row **out, size_t *n,
                         cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_RULES, &q, err));
    return cyn_store_collect(st, q, reading, read_row, sizeof **out, arena, out, n, err);
}

static cyn_code add_turn(struct cyn_rule_slots *s, int64_t id, int64_t slot, cyn_err *err)
{
    turn *more = cyn_grown(s->arena, s->turns, s->nturns, &s->turn_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    s->turns = more;
    s->turns[s->nturns++] = (turn){.id = id, .slot = slot};
    return CYN_OK;
}

static cyn_code read_turns(cyn_store *st, struct cyn_rule_slots *s, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = true;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_SLOTS, &q, err));
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, reading, &more, err));
        if (!more) return CYN_OK;
        cyn_code rc = add_turn(s, sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), err);
        if (rc == CYN_OK) continue;
        sqlite3_reset(q);
        return rc;
    }
}

static size_t turn_of_id(const struct cyn_rule_slots *s, int64_t id)
{
    size_t i = 0;
    while (i < s->nturns && s->turns[i].id != id)
        i++;
    return i; /* always there: rule.turn refers to it */
}

static cyn_code read_entry(sqlite3_stmt *q, struct cyn_rule_slots *s, cyn_err *err)
{
    cyn_rule_row row = {0};
    if (!read_row(q, s->arena, &row)) return cyn_nomem(err);
    size_t at = turn_of_id(s, sqlite3_column_int64(q, 9));
    entry *e = add_entry(s, row.rule);
    if (!e) return cyn_nomem(err);
    *e = (entry){
        .row = row, .error = hash_text(row.error), .frozen = hash_text(row.frozen_by), .turn = at};
    s->turns[at].members++;
    return CYN_OK;
}

static cyn_code read_entries(cyn_store *st, struct cyn_rule_slots *s, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = true;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_RULES, &q, err));
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, reading, &more, err));
        if (!more) return CYN_OK;
        cyn_code rc = read_entry(q, s, err);
        if (rc == CYN_OK) continue;
        sqlite3_reset(q);
        return rc;
    }
}

static cyn_code data_version(cyn_store *st, int64_t *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_DATA_VERSION, &q, err));
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    if (more) *out = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return CYN_OK;
}

/* What is stored, read again when another connection has written since. */
static cyn_code need_slots(cyn_store *st, struct cyn_rule_slots **out, cyn_err *err)
{
    struct cyn_alert_store *a = st->alerts;
    int64_t version = 0;
    CYN_TRY(data_version(st, &version, err));
    if (a->slots && a->slots->version != version) cyn_store_forget_slots(a);
    if (!a->slots) {
        cyn_arena *arena = cyn_arena_new(0);
        struct cyn_rule_slots *s = arena ? CYN_NEW(arena, struct cyn_rule_slots) : NULL;
        if (!s) {
            cyn_arena_free(arena);
            return cyn_nomem(err);
        }
        s->arena = arena;
        s->version = version;
        a->slots = s;
        CYN_TRY(read_turns(st, s, err)); /* a failure ends the transaction, which forgets them */
        CYN_TRY(read_entries(st, s, err));
    }
    *out = a->slots;
    return CYN_OK;
}

/* ---- writing ---- */

static bool is_news(const entry *e, const cyn_rule_row *row)
{
    const cyn_rule_row *was = &e->row;
    return e->gone || was->missed != row->missed || was->health != row->health ||
           was->health_since != row->health_since || was->segments != row->segments ||
           was->firing != row->firing || was->pending != row->pending ||
           e->error != hash_text(row->error) || e->frozen != hash_text(row->frozen_by);
}

static cyn_code write_rule(cyn_store *st, const cyn_rule_row *row, int64_t turn_id, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_PUT_RULE, &q, err));
    cyn_store_bind_text(q, 1, row->rule);
    sqlite3_bind_int64(q, 2, turn_id);
    sqlite3_bind_int64(q, 3, (int64_t)row->missed);
    cyn_store_bind_text(q, 4, cyn_alert_health_names[row->health]);
    sqlite3_bind_int64(q, 5, row->health_since);
    cyn_store_bind_text(q, 6, row->error);
    sqlite3_bind_int64(q, 7, row->segments);
    sqlite3_bind_int64(q, 8, row->firing);
    sqlite3_bind_int64(q, 9, row->pending);
    cyn_store_bind_text(q, 10, row->frozen_by);
    return cyn_store_finish(st, q, writing, err);
}

/* A turn that stands at this slot and moves nowhere; made where there is none. */
static cyn_code turn_at(cyn_store *st, struct cyn_rule_slots *s, int64_t slot, size_t *out,
                        cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    for (size_t i = 0; i < s->nturns; i++)
        if (s->turns[i].slot == slot && !s->turns[i].moved && s->turns[i].members) {
            *out = i;
            return CYN_OK;
        }
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_ADD_SLOT, &q, err));
    sqlite3_bind_int64(q, 1, slot);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    CYN_TRY(add_turn(s, sqlite3_last_insert_rowid(st->db), slot, err));
    *out = s->nturns - 1;
    return CYN_OK;
}

static cyn_code add_rule(cyn_store *st, struct cyn_rule_slots *s, entry *e, const cyn_rule_row *row,
                         cyn_err *err)
{
    CYN_TRY(turn_at(st, s, row->slot, &e->turn, err));
    s->turns[e->turn].members++;
    e->gone = false;
    return write_rule(st, row, s->turns[e->turn].id, err);
}

static void mark_moved(struct cyn_rule_slots *s, entry *e, int64_t slot)
{
    turn *t = &s->turns[e->turn];
    if (!e->moved && slot == t->slot) return;
    if (!e->moved && t->moved++ == 0) t->to = slot;
    if (t->to != slot) t->apart = true;
    e->moved = true;
    e->to = slot;
}

static cyn_code put_rule(cyn_store *st, const cyn_rule_row *row, cyn_err *err)
{
    struct cyn_rule_slots *s = NULL;
    CYN_TRY(need_slots(st, &s, err));
    entry *e = find(s, row->rule);
    if (!e) e = add_entry(s, row->rule);
    if (!e) return cyn_nomem(err);
    bool is_new = e->gone, news = is_news(e, row);
    if (is_new)
        CYN_TRY(add_rule(st, s, e, row, err));
    else
        mark_moved(s, e, row->slot);
    if (news && !is_new) CYN_TRY(write_rule(st, row, s->turns[e->turn].id, err));
    const char *name = e->row.rule;
    e->row = *row;
    e->row.rule = name;
    e->row.error = e->row.frozen_by = NULL;
    e->error = hash_text(row->error);
    e->frozen = hash_text(row->frozen_by);
    return CYN_OK;
}

cyn_code cyn_store_put_rule(cyn_store *st, const cyn_rule_row *row, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    cyn_code rc = put_rule(st, row, err);
    if (rc != CYN_OK) cyn_context(err, "rule '%s'", row->rule);
    return cyn_store_or_undo(st, rc);
}

cyn_code cyn_store_known_rule(cyn_store *st, const char *rule, bool *known, cyn_rule_row *out,
                              cyn_err *err)
{
    struct cyn_rule_slots *s = NULL;
    CYN_TRY(cyn_store_need_alerts(st, reading, err));
    CYN_TRY(cyn_store_or_undo(st, need_slots(st, &s, err)));
    const entry *e = find(s, rule);
    *known = e && !e->gone;
    if (!*known) return CYN_OK;
    *out = e->row;
    out->rule = rule;
    out->error = out->frozen_by = NULL;
    return CYN_OK;
}

static cyn_code drop_rule(cyn_store *st, const char *rule, cyn_err *err)
{
    struct cyn_rule_slots *s = NULL;
    sqlite3_stmt *q = NULL;
    CYN_TRY(need_slots(st, &s, err));
    entry *e = find(s, rule);
    if (!e || e->gone) return CYN_OK;
    turn *t = &s->turns[e->turn];
    t->members--;
    t->moved -= e->moved;
    e->gone = true;
    e->moved = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_DROP_RULE, &q, err));
    cyn_store_bind_text(q, 1, rule);
    return cyn_store_finish(st, q, writing, err);
}

cyn_code cyn_store_drop_rule(cyn_store *st, const char *rule, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    return cyn_store_or_undo(st, drop_rule(st, rule, err));
}

/* ---- the slots, at the commit ---- */

static cyn_code move_turn(cyn_store *st, turn *t, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_SET_SLOT, &q, err));
    sqlite3_bind_int64(q, 1, t->to);
    sqlite3_bind_int64(q, 2, t->id);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    t->slot = t->to;
    t->moved = 0;
    return CYN_OK;
}

static cyn_code move_rule(cyn_store *st, struct cyn_rule_slots *s, entry *e, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    size_t to = 0;
    CYN_TRY(turn_at(st, s, e->to, &to, err));
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_TURN_RULE, &q, err));
    sqlite3_bind_int64(q, 1, s->turns[to].id);
    cyn_store_bind_text(q, 2, e->row.rule);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    s->turns[e->turn].members--;
    s->turns[to].members++;
    e->turn = to;
    return CYN_OK;
}

/* Turns first, so that a rule that leaves its own finds those that have just arrived. */
cyn_code cyn_store_settle_slots(cyn_store *st, cyn_err *err)
{
    struct cyn_rule_slots *s = st->alerts->slots;
    sqlite3_stmt *q = NULL;
    bool split = false;
    if (!s) return CYN_OK;
    for (size_t i = 0; i < s->nturns; i++) {
        turn *t = &s->turns[i];
        if (t->moved && t->moved == t->members && !t->apart) CYN_TRY(move_turn(st, t, err));
        split |= t->moved > 0 || t->members == 0;
    }
    for (size_t i = 0; i < s->nentries; i++) {
        entry *e = &s->entries[i];
        if (e->moved && s->turns[e->turn].moved) CYN_TRY(move_rule(st, s, e, err));
        e->moved = false;
    }
    for (size_t i = 0; i < s->nturns; i++) {
        s->turns[i].moved = 0;
        s->turns[i].apart = false;
    }
    if (!split) return CYN_OK;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_DROP_SLOTS, &q, err));
    return cyn_store_finish(st, q, writing, err);
}
