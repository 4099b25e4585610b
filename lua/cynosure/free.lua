--- Free Lua: a metric's value as a function of the point, a period and a segment. The function asks
--- for the values of other metrics; what the host has not given yet ends the run, which is repeated
--- when it has (src/catalog/free.h).

local check = require "_check"
local digest = require "_digest"
local errors = require "_errors"
local native = require "_native"
local node = require "node"
local object = require "_object"
local source_text = require "_text"

local M = {}

-- src/catalog/free.h has the same limits.
local MAX_OFFSET, MAX_QUESTIONS = 1000, 100000

-- ---- Declaring ----

local functions, places = {}, {}

--- A formula that is whatever the function makes of each point.
---@param fn fun(at: Point): number|boolean|nil
---@param what string how messages call it
function M.value(fn, what)
  if not native.code(fn) then
    errors.raise("type", what .. " is one of Lua's own functions, expected one written here",
      "wrap it: function(at) return … end")
  end
  local file, first, last = native.definition(fn)
  local place = { file = file, line = first }
  local text = source_text.lines(file, first, last)
  local handle = native.keep { fn = fn, text = text, file = file, line = first }
  functions[handle], places[handle] = fn, place
  return node.free(place, {
    handle = handle, digest = digest.of(fn), text = source_text.of_function(text),
    reads = source_text.reads(text, first, native.parameter(fn)),
  })
end

-- ---- Points: what a function holds while it runs ----

-- The run of a point, as long as its function runs.
local runs = {}

local methods, fields = {}, {}

local function run_of(at, method)
  local run = runs[at]
  if run then return run end
  errors.raise("type", object.is_table(at)
    and ("%s is called on a point whose function has returned"):format(method)
    or ("%s is called without a point"):format(method), ("write a colon: at:%s(…)"):format(method))
end

local function copy(t)
  local out = {}
  for key, value in pairs(t) do out[key] = value end
  return out
end

for _, name in ipairs { "period", "grain", "start", "stop", "partial" } do
  fields[name] = function(run) return run.point[name] end
end
-- A table of the caller's own: what is written into it changes nothing.
function fields.segment(run)
  return next(run.point.segment) ~= nil and copy(run.point.segment) or nil
end

local Point = { __name = "point", __metatable = false }

function Point.__index(at, key)
  if methods[key] then return methods[key] end
  local run = run_of(at, tostring(key))
  if fields[key] then return fields[key](run) end
  local known = check.names(fields)
  for _, name in ipairs(check.names(methods)) do known[#known + 1] = name end
  errors.unknown(("a point has no '%s'"):format(tostring(key)), tostring(key), known)
end

function Point.__newindex()
  errors.raise("type", "a point cannot be changed")
end

function Point.__tostring(at)
  return "point " .. (runs[at] and runs[at].point.period or "")
end

-- ---- Questions ----

local function integer(least, most)
  return function(value, what)
    if math.type(value) ~= "integer" or value < least or value > most then
      errors.raise("range", ("%s is %s, expected a whole number, %d … %d")
        :format(what, tostring(value), least, most))
    end
    return value
  end
end

local function dimension_value(value, what)
  local kind = math.type(value) or type(value)
  if kind == "float" then return check.number(value, what) end
  if kind == "integer" or kind == "string" or kind == "boolean" then return value end
  errors.raise("type", ("%s is %s, expected a text, a number or a boolean")
    :format(what, object.describe(value)))
end

local function segment(value, what)
  if not object.is_table(value) then
    errors.raise("type", ("%s is %s, expected a table such as { channel = \"ads\" }")
      :format(what, object.describe(value)))
  end
  local schema = {}
  for name in pairs(value) do
    if type(name) == "string" then schema[name] = dimension_value end
  end
  return check.fields(what, value, schema)
end

local options = {
  offset = integer(-MAX_OFFSET, MAX_OFFSET),
  previous = check.boolean,
  last_year = check.boolean,
  segment = segment,
}

-- Equal questions have equal keys.
local function key_of(question)
  local parts = { ("%s|%d|%s"):format(question.metric, question.offset, question.last_year) }
  for _, name in ipairs(question.segment and check.names(question.segment) or {}) do
    local value = question.segment[name]
    parts[#parts + 1] = ("%q=%s:%q"):format(name, math.type(value) or type(value), value)
  end
  return table.concat(parts, "|") .. (question.segment and "|" or "")
end

local function number_of(batch, question)
  local key = key_of(question)
  if not batch.numbers[key] then
    if batch.count == MAX_QUESTIONS then
      errors.raise("limit", ("more than %d different questions"):format(MAX_QUESTIONS))
    end
    batch.numbers[key] = batch.count
    batch.count = batch.count + 1
    batch.new[#batch.new + 1] = question
  end
  return batch.numbers[key]
end

-- Notes the question, and gives its answer: a number, an error's text, false for missing, nil when
-- the host has yet to be asked.
local function ask(run, question)
  local number = number_of(run.batch, question)
  if not run.seen[number] then
    run.seen[number] = true
    run.asked[#run.asked + 1] = number
  end
  return run.answers[number]
end

local function value_of(answer)
  if type(answer) == "string" then errors.raise("script", answer) end
  return answer or nil
end

local function wait(run)
  run.waiting = true
  error(native.waiting, 0)
end

--- The value of another metric, nil where it is missing.
function methods.get(at, name, given, ...)
  local run = run_of(at, "get")
  check.text(name, "the metric of get")
  check.no_more("get", ...)
  local o = check.fields("the options of get", given == nil and {} or given, options)
  if (o.offset and 1 or 0) + (o.previous and 1 or 0) + (o.last_year and 1 or 0) > 1 then
    errors.raise("conflict", "get takes one of offset, previous and last_year")
  end
  local answer = ask(run, {
    metric = name, offset = o.offset or o.previous and -1 or 0,
    last_year = o.last_year or false, segment = o.segment,
  })
  if answer == nil then wait(run) end
  return value_of(answer)
end

local periods = integer(1, MAX_OFFSET)

--- The values of the last n periods, this one last; n is their number, for some may be nil.
function methods.series(at, name, n, given, ...)
  local run = run_of(at, "series")
  check.text(name, "the metric of series")
  check.no_more("series", ...)
  periods(n, "the number of periods of series")
  local o = check.fields("the options of series", given == nil and {} or given,
    { segment = segment })
  local answers, known = {}, true
  for i = 1, n do
    answers[i] = ask(run,
      { metric = name, offset = i - n, last_year = false, segment = o.segment })
    known = known and answers[i] ~= nil
  end
  if not known then wait(run) end
  local series = { n = n }
  for i = 1, n do series[i] = value_of(answers[i]) end
  return series
end

-- ---- Running, called by the worker (src/script/free.c) ----

-- A number, nil for missing; true counts 1 and false 0, as in aggregates.
local function result_of(value, place)
  if value == true then return { done = true, value = 1 } end
  if value == false then return { done = true, value = 0 } end
  if value == nil then return { done = true } end
  if type(value) ~= "number" then
    return { done = true, error = errors.caught(errors.new("type", place,
      ("the value is %s, expected a number, a boolean or nil"):format(object.describe(value))),
      place) }
  end
  if value ~= value or value == math.huge or value == -math.huge then return { done = true } end
  return { done = true, value = value }
end

local function run_point(handle, point, batch)
  local run = { point = point, batch = batch, answers = {}, asked = {}, seen = {} }
  for i = 1, #point.answers, 2 do run.answers[point.answers[i]] = point.answers[i + 1] end
  local at = setmetatable({}, Point)
  runs[at] = run
  local ok, value = native.attempt(functions[handle], at)
  runs[at] = nil
  local result
  if run.waiting then
    result = { done = false }
  elseif ok then
    result = result_of(value, places[handle])
  else
    result = { done = true, error = errors.caught(value, places[handle]) }
  end
  result.asked = run.asked
  return result
end

--- One run of a function for each of the points.
---@param request { handle: integer, questions: table[], points: table[] }
function M.run(request)
  if not functions[request.handle] then
    error(("there is no function %d"):format(request.handle), 0)
  end
  local batch = { numbers = {}, new = {}, count = 0 }
  for _, question in ipairs(request.questions) do number_of(batch, question) end
  batch.new = {}
  runs = {} -- a budget that tripped left its point there
  local results = {}
  for i, point in ipairs(request.points) do
    results[i] = run_point(request.handle, point, batch)
  end
  return { questions = batch.new, results = results }
end

native.serve_free(M.run)

return M
