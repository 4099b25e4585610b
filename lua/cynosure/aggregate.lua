--- Custom aggregates: functions of the script that go over rows one by one (src/script/fold.c).

local check = require "_check"
local digest = require "_digest"
local errors = require "_errors"
local native = require "_native"
local object = require "_object"
local rows = require "_rows"

local function written(value, what)
  if type(value) ~= "function" then
    errors.raise("type", ("%s is %s, expected a function"):format(what, object.describe(value)))
  end
  if not native.code(value) then
    errors.raise("type", what .. " is one of Lua's own functions, expected one written here",
      "wrap it: function(…) return … end")
  end
  return value
end

local schema = { init = written, step = written, merge = written, final = written }

--- A value that functions make of the rows: `init` begins an accumulator, `step` adds a row to it,
--- `merge` joins two of them, `final` says what the last one is worth.
function rows.methods.aggregate(self, functions, ...)
  rows.content(self, "aggregate")
  check.no_more("aggregate", ...)
  local given = check.fields("aggregate", functions, schema)
  check.need("aggregate", given, { "init", "step" })
  local place = errors.here()
  local line = place.line or 0
  local handle = native.keep {
    fn = given.step, init = given.init, merge = given.merge, final = given.final,
    text = ("aggregate (line %d)"):format(line), file = place.file, line = line,
  }
  return rows.aggregate(self, "aggregate", {
    kind = "script", custom = true, handle = handle, digest = digest.of(given),
    text = ("functions (line %d)"):format(line), place = place, depth = 1,
    reads = {}, reads_all = true,
  })
end
