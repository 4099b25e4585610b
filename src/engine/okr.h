/* Objectives and key results: on what they hang, and how far they are.
 *
 * An objective supports a metric or another objective. It hangs on the North Star Metric, or on a
 * KGI, when it supports it, or a metric in the tree below it (tree/tree.h: parts and drivers), or
 * an objective that hangs there. The NSM comes first, then the KGIs, in display order.
 *
 *     cyn_okr_view view;
 *     CYN_TRY(cyn_okrs_evaluate(project, data, &request, NULL, 0, arena, &view, err));
 */
#pragma once
#include "engine/goals.h"
#include "engine/project.h"

/* Objectives in a row, one supporting the next, that can be drawn; more are CYN_E_LIMIT. */
#define CYN_OKR_CHAIN 200

/* names: only these objectives, with what supports them (none: all); CYN_E_NAME with the nearest
 * one. */
CYN_NODISCARD cyn_code cyn_okrs_evaluate(const cyn_project *p, cyn_dataset *d,
                                         const cyn_goals_request *request, const char *const *names,
                                         size_t nnames, cyn_arena *arena, cyn_okr_view *out,
                                         cyn_err *err);
/* A finding for each name in okrs.yaml that no metric and no objective has. */
void cyn_okrs_check_names(const cyn_project *p, cyn_err_list *errs);
/* The goal of a key result: what it leaves open is the objective's, else the metric's (G-11). False
 * when there is no target. */
bool cyn_goal_of_result(const cyn_objective *o, const cyn_key_result *r, const cyn_sheet *sheet,
                        cyn_goal_line *out);
