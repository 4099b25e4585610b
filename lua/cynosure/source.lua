--- Sources: rows to filter, extend and aggregate. None ever changes; each call gives a new one.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local native = require "_native"
local node = require "node"
local object = require "_object"

local M = {}

local Source

-- What a method was called on. events.where(…) passes something else first.
local function content(self, method)
  local view = object.get(Source, self)
  if not view then
    errors.raise("type", ("%s is called without a source"):format(method),
      ("write a colon: events:%s(…)"):format(method))
  end
  return view
end

local function extend(view, changes)
  return object.new(Source, {
    source = view.source,
    derives = changes.derives or view.derives,
    derived = changes.derived or view.derived,
    where = changes.where or view.where,
    place = errors.here(),
  })
end

local methods = {}

--- The rows for which the condition holds.
function methods.where(self, condition)
  local view = content(self, "where")
  local e = expr.condition(condition, "where")
  return extend(view, { where = view.where and expr.both(view.where, e) or e })
end

-- ---- derive: columns in an order in which each finds what it reads ----

local function reads(e, name)
  if e.kind == "column" then return e.name == name end
  for _, read in ipairs(e.reads or {}) do
    if read == name then return true end
  end
  return false
end

-- Functions come first, for what they read is not known; so they see earlier calls' columns only.
local function ready(name, pending)
  local e = pending[name]
  if e.reads_all then return true end
  for other, candidate in pairs(pending) do
    if candidate.reads_all or (other ~= name and reads(e, other)) then return false end
  end
  return true
end

local function next_ready(pending)
  local names = check.names(pending)
  for _, name in ipairs(names) do
    if ready(name, pending) then return name end
  end
  errors.raise("conflict", ("derive: these columns need each other: %s")
    :format(table.concat(names, ", ")))
end

--- The rows with further columns, computed from those before.
function methods.derive(self, columns)
  local view = content(self, "derive")
  local pending, schema = {}, {}
  if type(columns) == "table" then
    for name in pairs(columns) do schema[name] = expr.value end
  end
  local given = check.fields("derive", columns, schema)
  for _, name in ipairs(check.names(given)) do
    check.identifier(name, "a column of derive")
    if view.derived[name] then
      errors.raise("conflict", ("derive: there is already a column '%s', made at %s:%d")
        :format(name, view.derived[name].file or "?", view.derived[name].line or 0))
    end
    pending[name] = given[name]
  end
  local derives, derived = table.move(view.derives, 1, #view.derives, 1, {}), {}
  for name, place in pairs(view.derived) do derived[name] = place end
  while next(pending) do
    local name = next_ready(pending)
    derives[#derives + 1] = { name = name, expr = pending[name] }
    derived[name] = pending[name].place
    pending[name] = nil
  end
  return extend(view, { derives = derives, derived = derived })
end

-- ---- Aggregates ----

local function no_more(method, ...)
  if select("#", ...) > 0 then
    errors.raise("type", ("%s has more arguments than it takes"):format(method))
  end
end

local function aggregate(self, func, arg, more)
  content(self, func)
  local agg = more or {}
  agg.func, agg.view, agg.place = func, self, errors.here()
  agg.arg = arg
  return node.aggregate(agg)
end

--- The number of rows.
function methods.count(self, ...)
  content(self, "count")
  if select("#", ...) > 0 then
    errors.raise("type", "count takes no argument",
      "count rows with :where(…):count(), different values with :distinct(…)")
  end
  return aggregate(self, "count")
end

for _, func in ipairs { "distinct", "sum", "mean", "min", "max", "share" } do
  methods[func] = function(self, value, ...)
    content(self, func)
    no_more(func, ...)
    return aggregate(self, func, expr.value(value, func))
  end
end

local function quantile_type(value, what)
  if math.type(value) ~= "integer" or value < 1 or value > 9 then
    errors.raise("range", ("%s is %s, expected one of 1 … 9 (Hyndman and Fan's)")
      :format(what, tostring(value)))
  end
  return value
end

--- The p-th percentile.
function methods.p(self, p, value, options, ...)
  content(self, "p")
  no_more("p", ...)
  check.number(p, "the first argument of p")
  if p < 0 or p > 100 then
    errors.raise("range", ("p is %s, expected 0 … 100"):format(tostring(p)))
  end
  local e = expr.value(value, "p")
  local given = check.fields("the options of p", options == nil and {} or options,
    { type = quantile_type })
  return aggregate(self, "p", e, { p = p + 0.0, qtype = given.type or 7 })
end

for _, later in ipairs { "first", "journey", "last", "per", "retention", "stddev", "variance" } do
  methods[later] = function()
    errors.raise("unsupported", ("source:%s is not available in this version"):format(later))
  end
end

Source = object.class("source", methods, {
  __tostring = function(self) return "source " .. object.get(Source, self).source end,
  __call = function() errors.raise("type", "a source is called as if it were a function") end,
})

--- The view behind a source.
function M.get(self)
  return object.get(Source, self)
end

local opened = {}

--- The source that the project declares under this name.
function M.source(name, ...)
  check.text(name, "the name of the source")
  no_more("source", ...)
  if opened[name] then return opened[name] end
  local known = native.sources()
  local found = false
  for _, other in ipairs(known) do found = found or other == name end
  if not found then errors.unknown(("there is no source '%s'"):format(name), name, known) end
  opened[name] = object.new(Source,
    { source = name, derives = {}, derived = {}, place = errors.here() })
  return opened[name]
end

return M
