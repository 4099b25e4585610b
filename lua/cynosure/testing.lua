--- Tests: test "name" { … } says what rules and metrics make of given data. The host runs them
--- (src/rules/case.h); here they are checked for shape, and each part gets its place.

local check = require "_check"
local errors = require "_errors"
local literals = require "_literals"
local native = require "_native"
local object = require "_object"
local registry = require "_registry"

local M = {}

-- ---- Segments ----

local function label_value(value, what)
  local kind = type(value)
  if kind == "number" then return check.number(value, what) end
  if kind == "boolean" then return value end
  if kind == "string" then return check.text(value, what) end
  errors.raise("type", ("%s is %s, expected a text, a number or a boolean")
    :format(what, object.describe(value)))
end

-- The labels of a table: all entries with a name that is not in `known`, in the order of names.
local function labels(t, known, what)
  local list = {}
  for _, name in ipairs(check.names(t)) do
    if not known[name] then
      check.text(name, "a label of " .. what)
      local value = label_value(t[name], ("'%s' of %s"):format(name, what))
      list[#list + 1] = { name = name, value = value }
    end
  end
  return list
end

-- ---- Series ----

local function need_table(value, what, expected)
  if not object.is_table(value) then
    errors.raise("type", ("%s is %s, expected %s"):format(what, object.describe(value), expected
      or "a table"))
  end
  return value
end

-- One segment's values: "0.3x13 0.2x5", or { channel = "ads", "0.3x13 0.2x5" }.
local function segment(item, what)
  if type(item) == "string" then return { segment = {}, values = check.text(item, what) } end
  need_table(item, what, 'a text of values, or a table such as { channel = "ads", "0.3x13" }')
  for key in pairs(item) do
    if type(key) ~= "string" and key ~= 1 then
      errors.raise("type", what .. " has more than one text of values",
        "write them as one text: \"0.3x13 0.2x5\"")
    end
  end
  if item[1] == nil then
    errors.raise("type", what .. " has no values", 'write { channel = "ads", "0.3x13 0.2x5" }')
  end
  local values = check.text(item[1], "the values of " .. what)
  return { segment = labels(item, {}, what), values = values }
end

local series_fields = { grain = check.grain, from = check.text }

-- The series of one metric: its grain and start, and one item for each segment.
local function series_of(metric, value, what, place, list)
  if type(value) == "string" then value = { value } end
  need_table(value, what, "a text of values, or a table of segments")
  local named, count = {}, 0
  for key, item in pairs(value) do
    if type(key) == "string" then named[key] = item
    elseif math.type(key) == "integer" and key >= 1 then count = count + 1
    else errors.raise("type", ("%s has an entry '%s'"):format(what, tostring(key))) end
  end
  local given = check.fields(what, named, series_fields)
  if count == 0 or #value ~= count then
    errors.raise("type", what .. " is no list of segments",
      'write { from = "2026-01-05", { channel = "ads", "0.3x13" } }')
  end
  for i = 1, count do
    local item = segment(value[i], ("item %d of %s"):format(i, what))
    item.metric, item.grain, item.from = metric, given.grain, given.from
    item.place = literals.place(place, item.values)
    list[#list + 1] = item
  end
end

local function series(value, what, place)
  local list = {}
  need_table(value, what)
  for key in pairs(value) do check.identifier(key, "a metric of " .. what) end
  for _, metric in ipairs(check.names(value)) do
    series_of(metric, value[metric], ("'%s' of %s"):format(metric, what), place, list)
  end
  if #list == 0 then errors.raise("type", what .. " is an empty table") end
  return list
end

-- ---- Rows ----

local function rows(value, what, place)
  local list, known = {}, native.sources()
  local is_known = {}
  for _, name in ipairs(known) do is_known[name] = true end
  need_table(value, what)
  for key in pairs(value) do
    if not is_known[key] then
      local name = tostring(key)
      errors.unknown(("%s: there is no source '%s'"):format(what, name), name, known)
    end
  end
  for _, name in ipairs(check.names(value)) do
    local text = check.text(value[name], ("'%s' of %s"):format(name, what))
    list[#list + 1] = { source = name, text = text, place = literals.place(place, text) }
  end
  return list
end

-- ---- Expectations ----

local function not_negative(value, what)
  if check.number(value, what) < 0 then errors.raise("range", what .. " is negative") end
  return value
end

local function count(value, what)
  if math.type(value) ~= "integer" or value < 0 then
    errors.raise("type", ("%s is %s, expected a whole number"):format(what,
      type(value) == "number" and tostring(value) or object.describe(value)))
  end
  return value
end

local function expected_value(value, what)
  if value == "missing" then return value end
  if type(value) == "number" then return check.number(value, what) end
  errors.raise("type", ("%s is %s, expected a number or \"missing\""):format(what,
    type(value) == "string" and ("'%s'"):format(value) or object.describe(value)))
end

local words = {
  at = check.text,
  period = check.text,
  alert = check.identifier,
  metric = check.identifier,
  state = check.word { "inactive", "pending", "firing", "recovering", "resolved" },
  severity = check.word { "info", "warning", "critical" },
  status = check.word { "green", "yellow", "red", "none" },
  health = check.word { "ok", "no data", "error" },
  message = check.text,
  value = expected_value,
  within = not_negative,
  count = count,
}

-- What an expectation about an alert, or about a metric, may say; and what it says when.
local about = {
  alert = { at = true, state = true, severity = true, message = true, health = true, value = true,
    within = true, count = true },
  metric = { period = true, value = true, within = true, status = true },
}
local says = { "state", "severity", "message", "health", "value", "status", "count" }

local function check_kind(what, given)
  local kind = given.alert and "alert" or given.metric and "metric"
  if given.alert and given.metric then
    errors.raise("conflict", what .. " is about an alert and a metric", "make it two")
  end
  if not kind then
    errors.raise("type", what .. " says neither 'alert' nor 'metric'",
      'write { at = "2026-01-19", alert = "NAME", state = "firing" }')
  end
  for _, name in ipairs(check.names(given)) do
    if words[name] and name ~= kind and not about[kind][name] then
      errors.raise("conflict", ("%s: '%s' says nothing about %s"):format(what, name,
        kind == "alert" and "an alert" or "a metric"))
    end
  end
  check.need(what, given, { kind == "alert" and "at" or "period" })
end

local function check_content(what, given)
  local said = false
  for _, name in ipairs(says) do said = said or given[name] ~= nil end
  if not said then
    local hint = given.alert and 'add state = "firing"' or "add value = …"
    for _, label in ipairs(given.segment) do
      local near = native.nearest(label.name, says)
      if near then hint = ("did you mean '%s' by '%s'?"):format(near, label.name) end
    end
    errors.raise("type", what .. " expects nothing", hint)
  end
  if given.within and type(given.value) ~= "number" then
    errors.raise("conflict", ("%s: 'within' needs a number as 'value'"):format(what))
  end
  for _, name in ipairs { "message", "health", "value" } do
    if given.count and given[name] ~= nil then
      errors.raise("conflict", ("%s: '%s' is of one alert, 'count' of several"):format(what, name),
        "make it two expectations")
    end
  end
end

local function expectation(value, what)
  local named = {}
  need_table(value, what)
  for key, item in pairs(value) do
    if type(key) ~= "string" then
      errors.raise("type", ("%s has an entry without a name"):format(what))
    end
    if words[key] then named[key] = item end
  end
  local given = check.fields(what, named, words)
  given.segment = labels(value, words, what)
  check_kind(what, given)
  check_content(what, given)
  if given.value == "missing" then given.missing, given.value = true, nil end
  return given
end

-- What the function gives; what it raises gets the place.
local function at(place, fn, ...)
  local ok, result = native.pcall(fn, ...)
  if ok then return result end
  local own = errors.own(result)
  for code, number in pairs(native.codes) do
    if own and own.code == number then
      error(errors.new(code, place, own.message, own.hint), 0)
    end
  end
  error(result, 0)
end

local function expect(value, what, place)
  local places, i = literals.items(place, "expect"), 0
  if type(value) == "table" and #places ~= #value then places = {} end
  return check.list(function(item, which)
    i = i + 1
    local here = places[i] or place
    local given = at(here, expectation, item, which)
    given.place = here
    return given
  end)(value, what)
end

-- ---- Declaring ----

local function check_together(what, given)
  for _, item in ipairs(given.series and given.expect or {}) do
    if item.metric then
      errors.raise("conflict", ("%s has series, and expects a value of the metric '%s'")
        :format(what, item.metric), "values of metrics are expected over rows: make it two tests")
    end
  end
  if given.series and given.rows then
    errors.raise("conflict", what .. " has series and rows",
      "rules look at one or the other: make it two tests")
  end
end

local function declare(name, place, fields)
  local what = ("test '%s'"):format(name)
  local function at_place(field)
    return function(value, which) return field(value, which, place) end
  end
  local given = check.fields(what, fields, {
    series = at_place(series), rows = at_place(rows), expect = at_place(expect),
    now = check.text, from = check.text, to = check.text,
  })
  check.need(what, given, { "expect" })
  check_together(what, given)
  given.name, given.place = name, place
  return given
end

local tests = registry.new {
  kind = "test", a_kind = "a test", class = "test", declare = declare,
  missing = function(name)
    return ("the test '%s' has no table"):format(name), 'test "name" { expect = { … } }'
  end,
}

--- test "name" { … }: what rules and metrics make of given data.
---@param name string
function M.test(name, ...)
  check.text(name, "the name of a test")
  if not name:find "%S" then errors.raise("name", "the name of a test is empty") end
  if select("#", ...) > 0 then
    errors.raise("type", "test takes a name, then a table", 'test "name" { … }')
  end
  return tests.begin(name)
end

-- ---- For the loader ----

M.all, M.take_unfinished = tests.all, tests.take_unfinished

local function placed(item)
  local out, place = {}, item.place
  for key, value in pairs(item) do out[key] = value end
  out.place, out.file, out.line, out.column = nil, place.file, place.line or 0, place.column or 0
  return out
end

--- The test as the host reads it (src/catalog/case.c).
function M.record(entry)
  local out = placed(entry)
  for _, field in ipairs { "series", "rows", "expect" } do
    local list = {}
    for i, item in ipairs(entry[field] or {}) do list[i] = placed(item) end
    out[field] = list
  end
  return out
end

return M
