-- luacheck: the Lua library, and scripts of projects (metrics, analyses), which see other names.
std = "lua54"
max_line_length = 100
include_files = { "lua/**/*.lua", "docs/examples/**/*.lua", "tests/**/*.lua" }
exclude_files = { "lua/cynosure/_meta/*.lua" }

local script = {
  read_globals = {
    "alert", "calendar", "date", "day", "formula", "guardrail", "hour", "kgi", "kpi", "metric",
    "minute", "month", "nsm", "one_of", "second", "show", "source", "test", "time", "values", "week",
    "weekday", "year",
  },
}
files["**/metrics/*.lua"] = script
files["**/alerts/*.lua"] = script
files["**/analysis/*.lua"] = script
files["**/tests/*.lua"] = script
