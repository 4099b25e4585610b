--- From declarations to the tables that cross to the host (src/catalog/catalog.c reads them).

local alert = require "alert"
local check = require "_check"
local condition = require "_condition"
local errors = require "_errors"
local node = require "node"
local rows = require "_rows"
local testing = require "testing"
local translate = require "_translate"

local M = {}

-- ---- Flattening: lists in which each item refers to earlier ones by number ----

local function with_place(item, place)
  item.file, item.line, item.column = place.file, place.line or 0, place.column or 0
  return item
end

local function flattener()
  local lists = { exprs = {}, views = {}, relations = {}, aggs = {}, formulas = {} }
  local numbers = {}

  -- The number of the thing in its list, made by `build` when it is new.
  local function number(list, thing, build)
    if not numbers[thing] then
      local item = build(thing)
      lists[list][#lists[list] + 1] = item
      numbers[thing] = #lists[list]
    end
    return numbers[thing]
  end

  local expr, view, formula
  local translation = translate.session()

  local function build_expr(e)
    local script = e.handle and translation(e) or {}
    return with_place({
      kind = e.kind, text = e.text, name = e.name, value = e.value,
      a = e.a and expr(e.a), b = e.b and expr(e.b),
      handle = e.handle, digest = e.digest, code = script.code, why = script.why,
      reads = script.reads, reads_all = script.reads_all,
    }, e.place)
  end
  function expr(e) return number("exprs", e, build_expr) end

  local function optional(e) return e and expr(e) end

  local function each_expr(list)
    local numbered = {}
    for i, e in ipairs(list or {}) do numbered[i] = expr(e) end
    return numbered
  end

  local function build_relation(r)
    local steps = {}
    for i, step in ipairs(r.steps or {}) do
      steps[i] = { when = expr(step.when), within = step.within }
    end
    return with_place({
      kind = r.kind, base = view(r.base), entity = expr(r.entity),
      func = r.func, arg = optional(r.arg), p = r.p, qtype = r.qtype,
      steps = steps, within = r.within, strict = r.strict, any_order = r.any_order,
      every = r.every, same = each_expr(r.same),
      start = optional(r.start), active = optional(r.active), mode = r.mode, unit = r.unit, n = r.n,
      from = optional(r.from), to = optional(r.to),
    }, r.place)
  end

  local function build_view(v)
    local derives = {}
    for i, d in ipairs(v.derives) do derives[i] = { name = d.name, expr = expr(d.expr) } end
    return with_place({
      source = v.source, relation = v.relation and number("relations", v.relation, build_relation),
      derives = derives, where = optional(v.where),
    }, v.place)
  end
  function view(v) return number("views", rows.get(v), build_view) end

  local function build_agg(agg)
    return with_place({
      func = agg.func, view = view(agg.view), arg = optional(agg.arg), p = agg.p,
      qtype = agg.qtype, approx = agg.approx,
    }, agg.place)
  end

  local function build_formula(it)
    local free = it.free or {}
    return with_place({
      kind = it.kind, value = it.value, metric = it.metric, op = it.op, call = it.call,
      agg = it.agg and number("aggs", it.agg, build_agg),
      a = it.a and formula(it.a), b = it.b and formula(it.b),
      window = it.window, unit = it.unit, n = it.n, fold = it.fold,
      handle = free.handle, digest = free.digest, text = free.text, reads = free.reads,
    }, it.place)
  end
  function formula(f) return number("formulas", node.get(f), build_formula) end

  return lists, formula, expr
end

-- ---- Rules ----

-- The rule's dimensions and parameters.
local function own_names(entry)
  local known = {}
  for _, dimension in ipairs(entry.fields.by or {}) do known[dimension] = true end
  for _, param in ipairs(entry.fields.params or {}) do known[param.name] = true end
  return known
end

-- What is wrong with one of its conditions, as an error; nil when nothing is.
local function condition_error(c, known)
  local e, fault = c.e, c.e.fault
  if fault then
    local found = errors.new("type", fault.place, ("%s: %s"):format(c.what, fault.message),
      fault.hint)
    found.code = fault.code
    return found
  end
  local message, hint, name = condition.unknown_name(e.named.names, known)
  if not message then return nil end
  return errors.new(name and "name" or "limit", e.named.place(name),
    ("%s: %s"):format(c.what, message), hint)
end

-- Appends the rules to `list`, and what is wrong with those left out to `failures`: of rules that
-- a loop made of one condition, once.
local function add_rules(rules, number, list, failures)
  local told = {}
  for _, entry in ipairs(rules) do
    local known, failed = own_names(entry), false
    for _, c in ipairs(alert.conditions(entry)) do
      number(c.e)
      local failure = condition_error(c, known)
      if failure and not told[c.e] then failures[#failures + 1] = failure end
      if failure then told[c.e], failed = true, true end
    end
    if not failed then
      list[#list + 1] = with_place(alert.record(entry, number), entry.place)
    end
  end
end

local function sheet(entry)
  local f = entry.fields
  local goal, marks = f.target or {}, f.thresholds or {}
  local green, yellow = marks.green or {}, marks.yellow or {}
  return {
    role = entry.role, unit = f.unit, why = f.why, owner = f.owner, layer = f.layer,
    lens = f.lens, direction = f.direction, grain = f.grain, market = f.market,
    review = f.review, hysteresis = marks.hysteresis,
    title_en = f.title and f.title.en, title_ja = f.title and f.title.ja,
    target = goal.to, target_from = goal.from, target_by = goal.by, target_since = goal.since,
    target_path = goal.path,
    green = green[1], green_hi = green[2], yellow = yellow[1], yellow_hi = yellow[2],
  }
end

local function driver_list(drivers)
  local list = {}
  for _, name in ipairs(check.names(drivers or {})) do
    list[#list + 1] = { metric = name, direction = drivers[name] }
  end
  return list
end

--- The catalog of all declarations, by kind; `failures` are errors found before.
---@param declared { metrics: table[], rules?: table[], tests?: table[] }
---@param failures table[]
function M.build(declared, failures)
  local lists, formula, expr = flattener()
  lists.metrics, lists.rules, lists.cases, lists.errors = {}, {}, {}, {}
  failures = table.move(failures, 1, #failures, 1, {})
  for i, entry in ipairs(declared.metrics) do
    local identity, way = entry.fields.identity, entry.fields.decompose or {}
    lists.metrics[i] = with_place({
      name = entry.name, formula = formula(entry.formula),
      identity = identity and formula(identity.formula), identity_text = identity and identity.text,
      decompose = way.word, decomposer = way.free,
      drivers = driver_list(entry.fields.drivers), sheet = sheet(entry),
    }, entry.place)
  end
  add_rules(declared.rules or {}, expr, lists.rules, failures)
  for i, entry in ipairs(declared.tests or {}) do lists.cases[i] = testing.record(entry) end
  for i, e in ipairs(failures) do
    lists.errors[i] = with_place({ code = e.code, message = e.message, hint = e.hint }, e)
  end
  return lists
end

return M
