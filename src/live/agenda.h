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
