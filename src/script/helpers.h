/* What row expressions can call beside Lua's own functions: the parts of times and dates, and
 * membership. */
#pragma once
#include "base/time.h"
#include <lua.h>

/* Pushes a table with date, day, hour, minute, month, second, time, week, weekday and year, which
 * read times in the zone. An integer is a date (day number), a float a timestamp (seconds since
 * 1970), a string one of both as written; nil gives nil. */
void cyn_push_helpers(lua_State *L, const cyn_tz *tz);

/* one_of(value, list): whether the value equals one of the list's, as == compares. nil is in no
 * list, and a table with anything but items is none. */
int cyn_one_of(lua_State *L);
