/* The agenda: what runs next and what ran last, of everything that runs by itself.
 *
 * Made of the project and its state alone; so `cynosure schedule` shows the same whether a daemon
 * runs or not.
 */
#pragma once
#include "live/intervals.h"
#include "report/agenda.h"
#include "rules/watch.h"

/* Sources, metrics, rules, reports, in this order; each kind by when it is due. */
CYN_NODISCARD cyn_code cyn_agenda(const cyn_project *p, cyn_store *st, int64_t now,
                                  cyn_arena *arena, const cyn_agenda_item **out, size_t *n,
                                  cyn_err *err);
/* The same in "en" or "ja"; NULL: in the project's language. */
CYN_NODISCARD cyn_code cyn_agenda_in(const cyn_project *p, cyn_store *st, int64_t now,
                                     const char *language, cyn_arena *arena,
                                     const cyn_agenda_item **out, size_t *n, cyn_err *err);
/* Of one kind; -1: of all. */
CYN_NODISCARD cyn_code cyn_agenda_of(const cyn_project *p, cyn_store *st, int64_t now, int kind,
                                     cyn_arena *arena, const cyn_agenda_item **out, size_t *n,
                                     cyn_err *err);
/* Everything that comes up to `until`, by time: an item for each time, the first of each with what
 * is known of its last run. Of one kind (-1: of all) and one name (NULL: of all). CYN_E_LIMIT:
 * these are more than anybody reads. */
CYN_NODISCARD cyn_code cyn_agenda_until(const cyn_project *p, cyn_store *st, int64_t now,
                                        int64_t until, int kind, const char *name, cyn_arena *arena,
                                        const cyn_agenda_item **out, size_t *n, cyn_err *err);
