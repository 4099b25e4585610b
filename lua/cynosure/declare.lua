--- Declarations: metric, nsm, kgi, kpi and guardrail, and metric.name for the value of another.

local check = require "_check"
local decompose = require "decompose"
local errors = require "_errors"
local free = require "free"
local identity = require "identity"
local native = require "_native"
local node = require "node"
local object = require "_object"
local registry = require "_registry"

local M = {}

-- ---- Fields ----

local function title(value, what)
  if object.is_table(value) then
    return check.fields(what, value, { en = check.text, ja = check.text })
  end
  return { en = check.text(value, what) }
end

local function waypoint(value, what)
  local given = check.fields(what, value, { at = check.date, value = check.number })
  check.need(what, given, { "at", "value" })
  return given
end

local path = check.list(waypoint)

-- The way leads from one day to a later one, between those of `since` and `by`, as in kpis.yaml
-- (src/config/rules.c).
local function check_path(given, what)
  if given.path and not given.by then
    errors.raise("conflict", ("'path' of %s needs 'by', the day on which it ends"):format(what))
  end
  local last, last_name = given.since, "'since'"
  for i, point in ipairs(given.path or {}) do
    local which = ("item %d of 'path' of %s"):format(i, what)
    if last and point.at <= last then
      errors.raise("range", ("%s is not after %s"):format(which, last_name))
    end
    if point.at >= given.by then
      errors.raise("range", ("%s is not before 'by'"):format(which))
    end
    last, last_name = point.at, "the one before"
  end
  if given.since and given.by and given.since >= given.by then
    errors.raise("range", ("'since' of %s is not before 'by'"):format(what))
  end
end

local function target(value, what)
  if object.is_table(value) then
    local given = check.fields(what, value, { from = check.number, to = check.number,
      since = check.date, by = check.date, path = path })
    if not given.to then errors.raise("type", what .. " has no 'to'") end
    check_path(given, what)
    return given
  end
  return { to = check.number(value, what) }
end

local function distance(value, what)
  if check.number(value, what) < 0 then errors.raise("range", what .. " is negative") end
  return value
end

local function thresholds(value, what)
  return check.fields(what, value,
    { green = check.bound, yellow = check.bound, hysteresis = distance })
end

local direction = check.word(native.words "direction")

local function drivers(value, what)
  local schema = {}
  if type(value) == "table" then
    for name in pairs(value) do
      schema[name] = function(way, which)
        check.identifier(name, "a metric of " .. what)
        return direction(way, which)
      end
    end
  end
  return check.fields(what, value, schema)
end

local function value_of(value, what)
  return type(value) == "function" and free.value(value, what) or node.of(value, what)
end

local schema = {
  value = value_of,
  title = title,
  unit = check.text,
  why = check.text,
  owner = check.text,
  layer = check.word(native.words "layer"),
  lens = check.word(native.words "lens"),
  direction = direction,
  grain = check.grain,
  target = target,
  thresholds = thresholds,
  market = check.number,
  review = check.date,
  identity = identity.field,
  decompose = decompose.field,
  drivers = drivers,
}

-- Thresholds mean something only with the direction, as in kpis.yaml (src/config/rules.c).
local function check_thresholds(what, given)
  local marks, way = given.thresholds, given.direction
  if not marks then return end
  if not way then
    errors.raise("conflict", ("'thresholds' of %s need a direction"):format(what),
      'add direction = "up", "down" or "range"')
  end
  for _, name in ipairs { "green", "yellow" } do
    if marks[name] and (#marks[name] == 2) ~= (way == "range") then
      errors.raise("conflict", ("'%s' of 'thresholds' of %s: %s"):format(name, what,
        way == "range" and 'direction "range" takes { lowest, highest }'
        or ('direction "%s" takes one number'):format(way)))
    end
  end
  local green, yellow = marks.green, marks.yellow
  local narrow = way == "range" and (green or yellow)
  if narrow and 2 * (marks.hysteresis or 0) > narrow[2] - narrow[1] then
    errors.raise("range", ("'hysteresis' of 'thresholds' of %s is more than half the width of the "
      .. "range: no value could enter it"):format(what))
  end
  if not (green and yellow) then return end
  local wrong = way == "up" and yellow[1] > green[1] and "above green, though up is better"
    or way == "down" and yellow[1] < green[1] and "below green, though down is better"
    or way == "range" and not (yellow[1] <= green[1] and green[2] <= yellow[2])
    and "a range that does not hold the green one"
  if wrong then
    errors.raise("range", ("'yellow' of 'thresholds' of %s is %s"):format(what, wrong))
  end
end

local function check_decompose(what, given)
  if not given.decompose or given.identity or identity.is_arithmetic(given.value) then return end
  errors.raise("conflict", ("'decompose' of %s has nothing to share out among"):format(what),
    'add identity = "…", or make its value of other metrics')
end

-- ---- Declaring ----

local function declare(name, place, fields, role)
  local what = ("metric '%s'"):format(name)
  local given = check.fields(what, fields, schema)
  if given.value == nil then
    errors.raise("type", what .. " has no value", "add value = …, a formula")
  end
  check_thresholds(what, given)
  check_decompose(what, given)
  return { name = name, place = place, role = role, fields = given, formula = given.value },
    node.metric(name)
end

-- What `metric "name"` gives cannot be computed with: it waits for its table.
local events = {}
for _, name in ipairs { "add", "sub", "mul", "div", "pow", "mod", "unm" } do
  events["__" .. name] = function()
    errors.raise("type", "a declaration is computed with", "write metric.name for a metric's value")
  end
end

local declared = registry.new {
  kind = "metric", a_kind = "a declaration", class = "declaration", events = events,
  declare = declare,
  missing = function(name)
    return ("the declaration of '%s' has no table"):format(name),
      ('metric "%s" { value = … } declares, metric.%s is its value'):format(name, name)
  end,
}

local function declarator(role, what)
  return function(name, ...)
    check.identifier(name, "the name of a " .. what)
    if select("#", ...) > 0 then
      errors.raise("type", ("%s takes a name, then a table"):format(what),
        ('%s "%s" { value = … }'):format(what, name))
    end
    return declared.begin(name, role)
  end
end

local declare_metric = declarator(nil, "metric")

--- metric "name" { … } declares; metric.name is the value of another metric.
M.metric = object.new({
  __name = "metric",
  __metatable = false,
  __call = function(_, ...) return declare_metric(...) end,
  __index = function(_, name) return node.metric(check.identifier(name, "a metric")) end,
  __newindex = function(_, name)
    errors.raise("type", "metrics are not assigned", ('metric "%s" { value = … }'):format(
      tostring(name)))
  end,
}, {})

for _, role in ipairs { "nsm", "kgi", "kpi", "guardrail" } do
  M[role] = declarator(role, role)
end

-- ---- For the loader ----

M.all, M.take_unfinished = declared.all, declared.take_unfinished

return M
