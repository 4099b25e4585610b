/* The commands' entry points; each lives in a file of its own (cmd_<name>.c). */
#pragma once
#include "app/cli.h"

int cyn_cmd_init(const cyn_args *args);
int cyn_cmd_load(const cyn_args *args);
int cyn_cmd_eval(const cyn_args *args);
int cyn_cmd_backfill(const cyn_args *args);
int cyn_cmd_explain(const cyn_args *args);
int cyn_cmd_cohort(const cyn_args *args);
int cyn_cmd_tree(const cyn_args *args);
int cyn_cmd_report(const cyn_args *args);
int cyn_cmd_what_if(const cyn_args *args);
int cyn_cmd_identity(const cyn_args *args);
int cyn_cmd_drivers(const cyn_args *args);
int cyn_cmd_targets(const cyn_args *args);
int cyn_cmd_okr(const cyn_args *args);
int cyn_cmd_check(const cyn_args *args);
int cyn_cmd_test(const cyn_args *args);
int cyn_cmd_backtest(const cyn_args *args);
int cyn_cmd_limits(const cyn_args *args);
int cyn_cmd_run(const cyn_args *args);
extern const cyn_command cyn_alerts_commands[]; /* commands_alerts.c */
int cyn_cmd_alerts(const cyn_args *args);
int cyn_cmd_alerts_run(const cyn_args *args);
int cyn_cmd_alerts_history(const cyn_args *args);
int cyn_cmd_alerts_why(const cyn_args *args);
int cyn_cmd_alerts_ack(const cyn_args *args);
int cyn_cmd_alerts_silence(const cyn_args *args);
int cyn_cmd_alerts_silences(const cyn_args *args);
int cyn_cmd_alerts_unsilence(const cyn_args *args);
int cyn_cmd_alerts_send_test(const cyn_args *args);
int cyn_cmd_alerts_dead(const cyn_args *args);
int cyn_cmd_alerts_forget(const cyn_args *args);
int cyn_cmd_schedule(const cyn_args *args);
int cyn_cmd_serve(const cyn_args *args);
int cyn_cmd_repl(const cyn_args *args);
int cyn_cmd_schema(const cyn_args *args);
int cyn_cmd_help(const cyn_args *args);
int cyn_cmd_version(const cyn_args *args);
