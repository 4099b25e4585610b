--- From declarations to the tables that cross to the host (src/catalog/catalog.c reads them).

local check = require "_check"
local errors = require "_errors"
local native = require "_native"
local node = require "node"
local rows = require "_rows"

local M = {}

-- ---- Names of other metrics. Those in formulas are the host's to resolve. ----

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

-- An identity and drivers are about other metrics; a wrong name there spoils only itself.
local function check_others(entry, by_name, names, report)
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

local function check_all(declared, report)
  local by_name = {}
  for _, entry in ipairs(declared) do by_name[entry.name] = entry end
  local names = check.names(by_name)
  for _, entry in ipairs(declared) do check_others(entry, by_name, names, report) end
end

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

  local function build_expr(e)
    return with_place({
      kind = e.kind, text = e.text, name = e.name, value = e.value,
      a = e.a and expr(e.a), b = e.b and expr(e.b),
      handle = e.handle, reads = e.reads, reads_all = e.reads_all, digest = e.digest,
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
    return with_place({
      kind = it.kind, value = it.value, metric = it.metric, op = it.op,
      agg = it.agg and number("aggs", it.agg, build_agg),
      a = it.a and formula(it.a), b = it.b and formula(it.b),
      window = it.window, unit = it.unit, n = it.n, fold = it.fold,
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
  check_all(declared, function(e) reported[#reported + 1] = e end)
  local lists, formula = flattener()
  lists.metrics, lists.errors = {}, {}
  for i, entry in ipairs(declared) do
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
