/* Trouble on our side, told to whoever asks: in full to those who may know (cyn_request.may_know),
 * and that there is some to all others. Reasons name folders, files and hosts, which are nobody
 * else's business. What is replaced is copied into the request's arena; those who may know get what
 * was given.
 *
 *     CYN_TRY(cyn_discreet_findings(request, &findings, n, err));
 */
#pragma once
#include "report/agenda.h"
#include "report/alerts.h"
#include "serve/site.h"
#include "tree/goals.h"
#include "tree/view.h"

/* `why`, or where it is to be found, in the request's language; NULL stays NULL. */
const char *cyn_discreet(const cyn_request *r, const char *why);

/* The error, or one of the same code that says no more. */
cyn_err cyn_discreet_error(const cyn_request *r, const cyn_err *e);

CYN_NODISCARD cyn_code cyn_discreet_findings(const cyn_request *r, const cyn_err **items, size_t n,
                                             cyn_err *err);
/* Those that are bad. */
CYN_NODISCARD cyn_code cyn_discreet_facts(const cyn_request *r, const cyn_page_fact **items,
                                          size_t n, cyn_err *err);
/* Those that failed. */
CYN_NODISCARD cyn_code cyn_discreet_points(const cyn_request *r, const cyn_point **items, size_t n,
                                           cyn_err *err);
/* The points of metrics, of trees and of goals. */
CYN_NODISCARD cyn_code cyn_discreet_metrics(const cyn_request *r, const cyn_page_metric **items,
                                            size_t n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_discreet_tree(const cyn_request *r, const cyn_tree_view **view,
                                         cyn_err *err);
CYN_NODISCARD cyn_code cyn_discreet_trees(const cyn_request *r, const cyn_tree_view *const **items,
                                          size_t n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_discreet_okrs(const cyn_request *r, const cyn_okr_view **view,
                                         cyn_err *err);
CYN_NODISCARD cyn_code cyn_discreet_agenda(const cyn_request *r, const cyn_agenda_item **items,
                                           size_t n, cyn_err *err);
CYN_NODISCARD cyn_code cyn_discreet_rules(const cyn_request *r, const cyn_rule_item **items,
                                          size_t n, cyn_err *err);
