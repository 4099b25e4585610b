/* Conditions of alert rules, in Lua: rows.c runs them, a row for each segment.
 *
 * What a row has are readings (alert/reading.h), dimensions and parameters, each a column of the
 * batch. Readings that take arguments are methods of a function's series, and functions in a text:
 * they compute nothing, but look the column of their canonical name up. A row that asks for a
 * reading that the batch lacks ends there, without an answer, and the reading is wanted.
 */
#pragma once
#include "alert/reading.h"
#include "script/rows_impl.h"

/* What one call wants. */
typedef struct cyn_judge {
    char wanted[CYN_CONDITION_READINGS][sizeof((cyn_reading){0}.name)];
    size_t n;
} cyn_judge;

/* Whether a column is for a call to find, and no name that is read: change("1w"), zscore. */
bool cyn_judge_is_called(const char *name);
/* Makes what the functions below need; the table of columns' numbers is at `names`. */
void cyn_judge_begin(lua_State *L, int names);
/* Sets the functions for a text's readings in the table on top. */
void cyn_judge_add_methods(lua_State *L, int names);
/* Pushes the method of a series; false, pushing nothing, where the name is none. */
bool cyn_judge_push_method(lua_State *L, const char *name);
/* For a name that is no column: wants the reading, or raises that there is none. */
int cyn_judge_missing(lua_State *L, const cyn_row_run *r, int names, const char *name);
/* lua_call for a single result; nil where the row waits for a reading. */
void cyn_judge_call(lua_State *L, int nargs);
/* Appends the list of what is wanted, as a value (catalog/wire.h). */
void cyn_judge_write(const cyn_judge *j, cyn_buf *out);
