/* What fields say about each other (private to config).
 *
 * Each function is the `check` of a shape in fields*.c; the `rules` text beside it there says the
 * part that JSON Schema can express. Fields that failed on their own are unset and not judged
 * again.
 */
#pragma once
#include "config/config.h"
#include "config/shape.h"

void cyn_rules_config(cyn_loading *l, const cyn_node *node, void *config);
void cyn_rules_source(cyn_loading *l, const cyn_node *node, void *source);
void cyn_rules_column(cyn_loading *l, const cyn_node *node, void *column);
void cyn_rules_target(cyn_loading *l, const cyn_node *node, void *sheet);
void cyn_rules_thresholds(cyn_loading *l, const cyn_node *node, void *sheet);
void cyn_rules_metric(cyn_loading *l, const cyn_node *node, void *sheet);
void cyn_rules_result(cyn_loading *l, const cyn_node *node, void *result);
void cyn_rules_channel(cyn_loading *l, const cyn_node *node, void *channel);
void cyn_rules_calendar(cyn_loading *l, const cyn_node *node, void *calendar);
void cyn_rules_maintenance(cyn_loading *l, const cyn_node *node, void *maintenance);
void cyn_rules_inhibition(cyn_loading *l, const cyn_node *node, void *inhibition);
void cyn_rules_escalation(cyn_loading *l, const cyn_node *node, void *escalation);
void cyn_rules_schedule(cyn_loading *l, const cyn_node *node, void *schedule);
void cyn_rules_serve(cyn_loading *l, const cyn_node *node, void *serve);
void cyn_rules_annotation(cyn_loading *l, const cyn_node *node, void *annotation);
/* What channels, calendars and the rest say about each other. */
void cyn_rules_alerts(cyn_loading *l, const cyn_node *root, cyn_config *config);
/* Defaults of the sections that are not given. */
void cyn_rules_sections(cyn_loading *l, const cyn_node *root, cyn_config *config);
void cyn_rules_objective(cyn_loading *l, const cyn_node *node, void *objective);
