#include "script/helpers.h"
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static const cyn_tz *zone(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Day numbers of -9999-01-01 and 9999-12-31, between which civil dates are defined. */
#define DAY_MIN (-4371587)
#define DAY_MAX 2932896

static int64_t check_day(lua_State *L, int arg)
{
    lua_Integer days = lua_tointeger(L, arg);
    luaL_argcheck(L, days >= DAY_MIN && days <= DAY_MAX, arg, "date out of range");
    return days;
}

static int64_t check_seconds(lua_State *L, int arg)
{
    double seconds = lua_tonumber(L, arg);
    bool fits = seconds >= (DAY_MIN + 1) * 86400.0 && seconds < DAY_MAX * 86400.0;
    luaL_argcheck(L, fits, arg, "timestamp out of range");
    return llround(seconds * CYN_SECOND);
}

static int64_t check_written(lua_State *L, int arg)
{
    size_t n;
    const char *s = lua_tolstring(L, arg, &n);
    int64_t instant;
    if (!cyn_parse_instant(s, n, zone(L), &instant))
        luaL_argerror(L, arg,
                      lua_pushfstring(L, "'%s' is no date or time such as 2018-08-08T10:00", s));
    return instant;
}

/* The civil date and time of the argument; `clock` tells that the time of day is asked for. */
static cyn_civil check_civil(lua_State *L, int arg, bool clock)
{
    cyn_civil c = {0};
    if (lua_isinteger(L, arg)) {
        luaL_argcheck(L, !clock, arg, "timestamp expected, got a date");
        cyn_civil_from_days(check_day(L, arg), &c.year, &c.month, &c.day);
    } else if (lua_type(L, arg) == LUA_TNUMBER) {
        c = cyn_tz_civil(zone(L), check_seconds(L, arg));
    } else if (lua_type(L, arg) == LUA_TSTRING) {
        c = cyn_tz_civil(zone(L), check_written(L, arg));
    } else {
        luaL_typeerror(L, arg, "timestamp, date or text");
    }
    return c;
}

#define PART(name, clock, value)                                                                   \
    static int help_##name(lua_State *L)                                                           \
    {                                                                                              \
        if (lua_isnil(L, 1)) return lua_pushnil(L), 1;                                             \
        cyn_civil c = check_civil(L, 1, clock);                                                    \
        lua_pushinteger(L, value);                                                                 \
        return 1;                                                                                  \
    }

static int iso_week(const cyn_civil *c)
{
    int year, week;
    cyn_iso_week(cyn_days_from_civil(c->year, c->month, c->day), &year, &week);
    return week;
}

PART(year, false, c.year)
PART(month, false, c.month)
PART(day, false, c.day)
PART(hour, true, c.hour)
PART(minute, true, c.minute)
PART(second, true, c.second)
PART(week, false, iso_week(&c))
PART(weekday, false, cyn_weekday(cyn_days_from_civil(c.year, c.month, c.day)))
PART(date, false, cyn_days_from_civil(c.year, c.month, c.day))

/* Seconds since 1970 of a text, or of the first instant of a date. */
static int help_time(lua_State *L)
{
    if (lua_isnil(L, 1)) return lua_pushnil(L), 1;
    int64_t instant;
    if (lua_isinteger(L, 1))
        instant = cyn_tz_midnight(zone(L), check_day(L, 1));
    else if (lua_type(L, 1) == LUA_TNUMBER)
        instant = check_seconds(L, 1);
    else if (lua_type(L, 1) == LUA_TSTRING)
        instant = check_written(L, 1);
    else
        return luaL_typeerror(L, 1, "timestamp, date or text");
    lua_pushnumber(L, (double)instant / CYN_SECOND);
    return 1;
}

void cyn_push_helpers(lua_State *L, const cyn_tz *tz)
{
    static const luaL_Reg list[] = {
        {"date", help_date},     {"day", help_day},     {"hour", help_hour},
        {"minute", help_minute}, {"month", help_month}, {"second", help_second},
        {"time", help_time},     {"week", help_week},   {"weekday", help_weekday},
        {"year", help_year},     {NULL, NULL}};
    lua_createtable(L, 0, (int)(sizeof list / sizeof *list));
    for (const luaL_Reg *f = list; f->name; f++) {
        lua_pushlightuserdata(L, (void *)(uintptr_t)tz);
        lua_pushcclosure(L, f->func, 1);
        lua_setfield(L, -2, f->name);
    }
}

int cyn_one_of(lua_State *L)
{
    bool found = false;
    luaL_checkany(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1)
            return luaL_argerror(L, 2, "list expected, such as {'a', 'b'}");
        found = found || lua_compare(L, 1, -1, LUA_OPEQ);
    }
    lua_pushboolean(L, found);
    return 1;
}
