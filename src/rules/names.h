/* The names in a rule's conditions and texts, and what they stand for.
 *
 * A name is looked up among the readings (alert/reading.h), the rule's dimensions and its
 * parameters; in texts also among the rule's labels and the words of cyn_template_words. Nothing
 * here needs data.
 *
 *     CYN_TRY(cyn_rule_check_names(rule, grain, scratch, err));   // CYN_E_NAME: did you mean …?
 *     if (!cyn_rule_reads_series(rule)) …
 */
#pragma once
#include "alert/rule.h"
#include "base/arena.h"

/* Every name in conditions and texts is known, and every reading can be made in this grain; says
 * where, what was found, and which one is nearest. */
CYN_NODISCARD cyn_code cyn_rule_check_names(const cyn_rule *rule, cyn_grain grain,
                                            cyn_arena *scratch, cyn_err *err);
/* Whether some condition asks for a reading of the series, or may ask (a function whose readings
 * are not known before it runs). */
bool cyn_rule_reads_series(const cyn_rule *rule);
/* Whether `clear` can never hold: an incident would never end. Found of constants, and of plain
 * comparisons of one reading with a number. */
bool cyn_rule_never_clears(const cyn_rule *rule);
