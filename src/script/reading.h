/* Readings as conditions call them: change "1w", s:p(95, 28). What stands for a call is the
 * reading's canonical name (alert/reading.h): the translator makes it an input, the interpreter
 * looks the batch's column of that name up.
 */
#pragma once
#include "alert/reading.h"
#include "plan/plan.h"

/* Whether the name is a reading that takes arguments. */
bool cyn_is_reading_method(const char *name);
/* What a call asks for; the error says what is wrong with it, and how it is written. */
CYN_NODISCARD cyn_code cyn_reading_of_call(const char *name, const cyn_const *args, size_t n,
                                           cyn_reading *out, cyn_err *err);
/* Sets the error of a reading that takes arguments and stands without them. */
void cyn_reading_uncalled(const char *name, bool in_text, cyn_err *err);
/* Sets that of a call of what is no such reading. */
void cyn_reading_miscalled(const char *name, bool in_text, cyn_err *err);
