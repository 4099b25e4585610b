--- Sets of rows: a source's own, or those of a relation. What all of them share: filtering,
--- extending, aggregating. None ever changes; each call gives a new one.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local node = require "node"
local object = require "_object"

local M = {}

-- Relations of relations may nest this deep (src/catalog/catalog_view.c keeps the same limit).
local MAX_NESTED = 8

local classes = {}

--- The methods of all sets of rows; the modules of relations add their own.
M.methods = {}
local methods = M.methods

--- A class of rows with methods of its own beside those that all have.
---@param kind string how messages call it
---@param own table<string, function>
---@param hint string what to do where a formula is expected
function M.class(kind, own, hint)
  local operators = node.operators(kind)
  function operators.__tostring(self) return kind .. " " .. object.content(self).source end
  local class = object.class(kind, own, operators, methods)
  class.hint = hint
  classes[class] = true
  return class
end

--- The view behind a set of rows, nil of other values.
function M.get(value)
  local content = object.content(value)
  return content and classes[content.class] and content or nil
end

--- What a method was called on. events.where(…) passes something else first.
---@param method string
---@param class? table rows of this class only
function M.content(self, method, class)
  local view = M.get(self)
  if not view or class and view.class ~= class then
    errors.raise("type", ("%s is called without a %s"):format(method,
      class and class.__name or "source"), ("write a colon: events:%s(…)"):format(method))
  end
  return view
end

--- Raises unless each row has a time, which those of per, balance and movement have not: they
--- stand for whole periods.
function M.need_time(view, method)
  local kind = view.relation and view.relation.kind
  if kind == "per" or kind == "balance" or kind == "movement" then
    errors.raise("type", ("%s needs rows with a time, which those of %s have not")
      :format(method, kind), "they stand for a whole period")
  end
end

--- New rows of the class: those of a relation over the rows of `base`, which it carries.
---@param class table
---@param relation table
---@param default? string the column that aggregates are over when they name none
function M.relation(class, relation, default)
  local base = M.get(relation.base)
  relation.place = errors.here()
  relation.nested = 1 + (base.relation and base.relation.nested or 0)
  if relation.nested > MAX_NESTED then
    errors.raise("limit", ("more than %d relations made of each other"):format(MAX_NESTED))
  end
  return object.new(class, {
    source = base.source, relation = relation, default = default,
    derives = {}, derived = {}, place = relation.place,
  })
end

--- The same rows with changes, of the same class or the one given.
function M.extend(view, changes)
  return object.new(changes.class or view.class, {
    source = view.source,
    relation = view.relation,
    default = changes.default or view.default,
    derives = changes.derives or view.derives,
    derived = changes.derived or view.derived,
    where = changes.where or view.where,
    place = errors.here(),
  })
end

--- The rows for which the expression holds too.
function M.filter(view, e)
  return M.extend(view, { where = view.where and expr.both(view.where, e) or e })
end

--- The rows for which the condition holds.
function methods.where(self, condition)
  local view = M.content(self, "where")
  return M.filter(view, expr.condition(condition, "where"))
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

--- The rows with further columns, given as expressions by name, and with other changes of `extend`.
function M.derive(view, pending, changes)
  local derives, derived = table.move(view.derives, 1, #view.derives, 1, {}), {}
  for name, place in pairs(view.derived) do derived[name] = place end
  while next(pending) do
    local name = next_ready(pending)
    derives[#derives + 1] = { name = name, expr = pending[name] }
    derived[name] = pending[name].place
    pending[name] = nil
  end
  changes.derives, changes.derived = derives, derived
  return M.extend(view, changes)
end

--- The rows with further columns, computed from those before.
function methods.derive(self, columns)
  local view = M.content(self, "derive")
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
  return M.derive(view, pending, {})
end

-- ---- Aggregates ----

--- A formula that is one aggregate.
---@param view table the rows, as the object that scripts hold
---@param func string
---@param arg? table the expression that it is over
---@param more? table p, qtype, approx
function M.aggregate(view, func, arg, more)
  local agg = more or {}
  agg.func, agg.view, agg.arg, agg.place = func, view, arg, errors.here()
  return node.aggregate(agg)
end

local function quantile_type(value, what)
  if math.type(value) ~= "integer" or value < 1 or value > 9 then
    errors.raise("range", ("%s is %s, expected one of 1 … 9 (Hyndman and Fan's)")
      :format(what, tostring(value)))
  end
  return value
end

-- What an aggregate is over: the value given, or the column that is meant where none is.
local function argument(value, func, default)
  if value == nil and default then return expr.column(default) end
  return expr.value(value, func)
end

local function options_of(func, options, schema)
  return check.fields(("the options of %s"):format(func), options == nil and {} or options, schema)
end

--- Functions that check the arguments of one aggregate each, and give its expression and settings.
--- `default` is the column meant where none is given, `approx` the check of that option.
---@type table<string, fun(default?: string, approx?: function, ...): table?, table?>
M.arguments = {}

function M.arguments.count(_, _, ...)
  if select("#", ...) > 0 then
    errors.raise("type", "count takes no argument",
      "count rows with :where(…):count(), different values with :distinct(…)")
  end
  return nil, {}
end

for _, func in ipairs { "sum", "mean", "min", "max", "variance", "stddev", "first", "last" } do
  M.arguments[func] = function(default, _, value, ...)
    check.no_more(func, ...)
    return argument(value, func, default), {}
  end
end

-- The numbers that relations hold are no truth values, so there is nothing that could be meant.
function M.arguments.share(_, _, value, ...)
  check.no_more("share", ...)
  return expr.value(value, "share"), {}
end

function M.arguments.distinct(default, approx, value, options, ...)
  check.no_more("distinct", ...)
  local e = argument(value, "distinct", default)
  return e, { approx = options_of("distinct", options, { approx = approx }).approx }
end

function M.arguments.p(default, approx, p, value, options, ...)
  check.no_more("p", ...)
  check.number(p, "the first argument of p")
  if p < 0 or p > 100 then
    errors.raise("range", ("p is %s, expected 0 … 100"):format(tostring(p)))
  end
  if default and options == nil and object.is_table(value) then value, options = nil, value end
  local e = argument(value, "p", default)
  local given = options_of("p", options, { type = quantile_type, approx = approx })
  return e, { p = p + 0.0, qtype = given.type or 7, approx = given.approx }
end

for func, arguments in pairs(M.arguments) do
  methods[func] = function(self, ...)
    local view = M.content(self, func)
    if func == "first" or func == "last" then M.need_time(view, func) end
    local e, settings = arguments(view.default, check.boolean, ...)
    return M.aggregate(self, func, e, settings)
  end
end

return M
