--- From declarations to the tables that cross to the host (src/catalog/catalog.c reads them).

local check = require "_check"
local errors = require "_errors"
local native = require "_native"
local node = require "node"
local source = require "source"

local M = {}

-- The host refuses longer chains of metrics (src/catalog/catalog.c).
local MAX_CHAIN = 100

-- ---- References: every metric that a formula names must exist, and none may need itself ----

-- Calls f with each reference to a metric in the formula.
local function each_reference(formula, f)
  local it = node.get(formula)
  if it.kind == "metric" then f(it) end
  if it.a then each_reference(it.a, f) end
  if it.b then each_reference(it.b, f) end
end

local function unknown_metric(entry, part, name, place, names)
  local what = ("metric '%s'%s"):format(entry.name, part)
  local others = {}
  for _, other in ipairs(names) do
    if other ~= entry.name then others[#others + 1] = other end
  end
  local near = native.nearest(name, others)
  return errors.new("name", place, ("%s: there is no metric '%s'"):format(what, name),
    near and ("did you mean '%s'?"):format(near) or nil)
end

-- A walk over the references that drops what cannot be computed, and says why.
local function resolver(by_name, names, report)
  local state, chain, in_circle = {}, {}, {}

  local visit
  -- Whether the metric can be computed; how many metrics deep it is.
  function visit(entry)
    local known = state[entry]
    if known == "open" then
      local first = 1
      while chain[first] ~= entry do first = first + 1 end
      local path = {}
      for i = first, #chain do
        path[#path + 1] = chain[i].name
        in_circle[chain[i]] = true
      end
      path[#path + 1] = entry.name
      report(errors.new("conflict", entry.place, ("metric '%s' needs itself: %s")
        :format(entry.name, table.concat(path, " → "))))
      return false, 0
    end
    if known then return known.ok, known.depth end
    state[entry] = "open"
    chain[#chain + 1] = entry
    local ok, depth = true, 1
    each_reference(entry.formula, function(it)
      local other = by_name[it.metric]
      if not other then
        report(unknown_metric(entry, "", it.metric, it.place, names))
        ok = false
        return
      end
      local fine, deep = visit(other)
      if not fine and ok and not in_circle[entry] then
        report(errors.new("name", it.place, ("metric '%s' needs '%s', which has an error")
          :format(entry.name, it.metric)))
      end
      ok, depth = ok and fine, math.max(depth, deep + 1)
    end)
    chain[#chain] = nil
    if ok and depth > MAX_CHAIN then
      report(errors.new("limit", entry.place,
        ("metric '%s' needs more than %d others in a row"):format(entry.name, MAX_CHAIN)))
      ok = false
    end
    state[entry] = { ok = ok, depth = depth }
    return ok, depth
  end
  return visit
end

-- An identity and drivers are about other metrics; a wrong name there spoils only itself.
local function check_relations(entry, by_name, names, report)
  local fields = entry.fields
  for _, name in ipairs(check.names(fields.drivers or {})) do
    if not by_name[name] then
      report(unknown_metric(entry, ", drivers", name, entry.place, names))
      fields.drivers[name] = nil
    end
  end
  if not fields.identity then return end
  for _, name in ipairs(check.names((native.reads(fields.identity)))) do
    if not by_name[name] then
      report(unknown_metric(entry, ", identity", name, entry.place, names))
      fields.identity = nil
      return
    end
  end
end

local function resolve(declared, report)
  local by_name, kept = {}, {}
  for _, entry in ipairs(declared) do by_name[entry.name] = entry end
  local names = check.names(by_name)
  local visit = resolver(by_name, names, report)
  for _, entry in ipairs(declared) do
    check_relations(entry, by_name, names, report)
    if visit(entry) then kept[#kept + 1] = entry end
  end
  return kept
end

-- ---- Flattening: lists in which each item refers to earlier ones by number ----

local function with_place(item, place)
  item.file, item.line, item.column = place.file, place.line or 0, place.column or 0
  return item
end

local function flattener()
  local lists = { exprs = {}, views = {}, aggs = {}, formulas = {} }
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

  local expr, formula

  local function build_expr(e)
    return with_place({
      kind = e.kind, text = e.text, name = e.name, value = e.value,
      a = e.a and expr(e.a), b = e.b and expr(e.b),
      handle = e.handle, reads = e.reads, reads_all = e.reads_all, digest = e.digest,
    }, e.place)
  end
  function expr(e) return number("exprs", e, build_expr) end

  local function build_view(view)
    local derives = {}
    for i, d in ipairs(view.derives) do derives[i] = { name = d.name, expr = expr(d.expr) } end
    return with_place({
      source = view.source, derives = derives, where = view.where and expr(view.where),
    }, view.place)
  end

  local function build_agg(agg)
    return with_place({
      func = agg.func, view = number("views", source.get(agg.view), build_view),
      arg = agg.arg and expr(agg.arg), p = agg.p, qtype = agg.qtype,
    }, agg.place)
  end

  local function build_formula(it)
    return with_place({
      kind = it.kind, value = it.value, metric = it.metric, op = it.op,
      agg = it.agg and number("aggs", it.agg, build_agg),
      a = it.a and formula(it.a), b = it.b and formula(it.b),
    }, it.place)
  end
  function formula(f) return number("formulas", node.get(f), build_formula) end

  return lists, formula
end

local function sheet(entry)
  local f = entry.fields
  local goal, marks = f.target or {}, f.thresholds or {}
  local green, yellow = marks.green or {}, marks.yellow or {}
  return {
    role = entry.role, unit = f.unit, why = f.why, owner = f.owner, layer = f.layer,
    lens = f.lens, direction = f.direction, grain = f.grain, market = f.market,
    review = f.review, title_en = f.title and f.title.en, title_ja = f.title and f.title.ja,
    target = goal.to, target_from = goal.from, target_by = goal.by,
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

--- The catalog of all declarations; `failures` are errors found before.
---@param declared table[]
---@param failures table[]
function M.build(declared, failures)
  local reported = {}
  local kept = resolve(declared, function(e) reported[#reported + 1] = e end)
  local lists, formula = flattener()
  lists.metrics, lists.errors = {}, {}
  for i, entry in ipairs(kept) do
    lists.metrics[i] = with_place({
      name = entry.name, formula = formula(entry.formula), identity = entry.fields.identity,
      drivers = driver_list(entry.fields.drivers), sheet = sheet(entry),
    }, entry.place)
  end
  for _, list in ipairs { failures, reported } do
    for _, e in ipairs(list) do
      lists.errors[#lists.errors + 1] = with_place(
        { code = e.code, message = e.message, hint = e.hint }, e)
    end
  end
  return lists
end

return M
