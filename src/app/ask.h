/* What commands read from the command line alike, and how they show what they made. */
#pragma once
#include "app/session.h"
#include "engine/eval.h"
#include "engine/tree.h"
#include "report/failures.h"

/* A whole number within bounds; fallback when the option was not given. */
CYN_NODISCARD cyn_code cyn_ask_number(const cyn_args *args, const char *option, int fallback,
                                      int least, int most, int *out, cyn_err *err);
/* An option of names, "channel,plan", taken apart: at most so many. They live in the arena. */
CYN_NODISCARD cyn_code cyn_ask_names(const cyn_args *args, const char *option, size_t most,
                                     cyn_arena *arena, const char **out, size_t *count,
                                     cyn_err *err);
/* --json or --format; CYN_E_USAGE for CSV where the command has none. Without either `out` stays.
 */
CYN_NODISCARD cyn_code cyn_ask_format(const cyn_args *args, bool has_csv, cyn_format *out,
                                      cyn_err *err);
/* --grain; *given says whether it is there. */
CYN_NODISCARD cyn_code cyn_ask_grain(const cyn_args *args, bool *given, cyn_grain *out,
                                     cyn_err *err);
/* --at, --from and --to or --last (unless any is given: so many periods; 0: as the evaluation
 * does),
 * --grain, --as-of. */
CYN_NODISCARD cyn_code cyn_ask_periods(const cyn_args *args, int last, cyn_eval_request *out,
                                       cyn_err *err);
/* --at, --grain, --against, --by, --depth, --as-of, as far as the command has them. */
CYN_NODISCARD cyn_code cyn_ask_tree(const cyn_args *args, cyn_tree_request *out, cyn_err *err);
/* The metrics that trees begin with unless one is named: the KGIs, else the NSM. They live in the
 * session's arena. CYN_E_USAGE when there is neither. */
CYN_NODISCARD cyn_code cyn_ask_roots(const cyn_session *s, const char *command,
                                     const char *const **out, size_t *count, cyn_err *err);
/* Language, calendar, and what the terminal can do; the format stays. */
void cyn_ask_look(const cyn_session *s, const cyn_args *args, cyn_report_options *out);
/* Only what the project names is loaded, and what is known is not computed again. */
void cyn_ask_data(const cyn_session *s, const char *const *by, size_t nby);
/* Why values are missing, on standard error, each cause once, where the format is one that programs
 * read; tables list it below themselves. Clears the list. */
void cyn_ask_failures(cyn_failures *f, cyn_format format);
/* The same of a tree's metrics, whatever the format. */
void cyn_ask_tree_failures(const cyn_tree_view *v);
/* Rows that were left out, as eval says it. */
void cyn_ask_notes(cyn_session *s);
