--- Alert rules: alert "name" { … } says what is watched, when it is bad, and who is told. The host
--- evaluates them (src/rules/watch.h); conditions are expressions over readings (_condition.lua).

local check = require "_check"
local condition = require "_condition"
local errors = require "_errors"
local native = require "_native"
local object = require "_object"
local registry = require "_registry"

local M = {}

-- src/catalog/catalog_impl.h has the same limits.
local MAX_RULES, MAX_DIMENSIONS, MAX_NAMES, MAX_EVALUATIONS = 100000, 32, 64, 1000000
local SECOND = 1000000
local DAY = 86400 * SECOND
local LONGEST = 366 * DAY
local MAX_LENGTH = 3650 * DAY

-- ---- Fields ----

-- A check for one item, or a list of different ones.
local function one_or_more(item, most)
  local list = check.list(item)
  return function(value, what)
    local items = object.is_table(value) and list(value, what) or { item(value, what) }
    if #items > most then
      errors.raise("limit", ("%s has %d items, at most %d are possible"):format(what, #items, most))
    end
    local seen = {}
    for _, name in ipairs(items) do
      if seen[name] then errors.raise("conflict", ("%s names '%s' twice"):format(what, name)) end
      seen[name] = true
    end
    return items
  end
end

local function name(value, what)
  if not check.text(value, what):find "%S" then errors.raise("name", what .. " is empty") end
  return value
end

-- A check for a table of values by name, given as a list in the order of the names.
local function named(item)
  local any = setmetatable({}, { __index = function() return item end })
  return function(value, what)
    local given, list = check.fields(what, value, any), {}
    for _, key in ipairs(check.names(given)) do
      list[#list + 1] = { name = check.identifier(key, "a name in " .. what), value = given[key] }
    end
    if #list > MAX_NAMES then
      errors.raise("limit", ("%s has more than %d entries"):format(what, MAX_NAMES))
    end
    return list
  end
end

local function words(value, what)
  if object.is_table(value) then
    return check.fields(what, value, { en = check.text, ja = check.text })
  end
  return { en = check.text(value, what) }
end

local function integer(least, most)
  return function(value, what)
    if math.type(value) ~= "integer" or value < least or value > most then
      errors.raise("range", ("%s is %s, expected a whole number, %d … %d"):format(what,
        type(value) == "number" and tostring(value) or object.describe(value), least, most))
    end
    return value
  end
end

local function flapping(value, what)
  if value == false then return { damp = 0, calm = 0 } end
  if not object.is_table(value) then
    errors.raise("type", ("%s is %s, expected false, or a table such as { damp = 30, calm = 20 }")
      :format(what, value == true and "true" or object.describe(value)))
  end
  local given = check.fields(what, value, { damp = integer(1, 100), calm = integer(0, 99) })
  local damp, calm = given.damp or 30, given.calm or 20
  if calm >= damp then
    errors.raise("range", ("%s calms down at %d %%, expected less than the %d %% at which it is "
      .. "damped"):format(what, calm, damp))
  end
  return { damp = damp, calm = calm }
end

local severities = native.words "severity"
local severity_word = check.word(severities)

-- The levels of a rule, the least severe first; a level without a condition of its own holds
-- whenever `when` does.
local function severity(value, what)
  if not object.is_table(value) then return { { severity = severity_word(value, what) } } end
  local schema, levels = {}, {}
  for _, word in ipairs(severities) do schema[word] = condition.of end
  local given = check.fields(what, value, schema)
  for _, word in ipairs(severities) do
    if given[word] then levels[#levels + 1] = { severity = word, when = given[word] } end
  end
  if #levels == 0 then
    errors.raise("type", what .. " is an empty table", 'write severity = "warning"')
  end
  return levels
end

-- A length of time that can be reckoned with.
local function bounded(length)
  return function(value, what)
    local micros = length(value, what)
    if micros > MAX_LENGTH then
      errors.raise("range", ("%s is '%s', expected at most ten years, 3650d"):format(what, value))
    end
    return micros
  end
end

local instead = check.word { "keep", "ok", "fire" }

local schema = {
  metric = check.identifier,
  by = one_or_more(name, MAX_DIMENSIONS),
  grain = check.grain,
  partial = check.boolean,
  every = check.duration,
  at = check.duration_or_none,
  when = condition.of,
  severity = severity,
  clear = condition.of,
  hold = bounded(check.duration_or_none),
  keep = bounded(check.duration_or_none),
  no_data = instead,
  on_error = instead,
  hold_through_gaps = check.boolean,
  gone_after = integer(0, MAX_EVALUATIONS),
  flapping = flapping,
  depends = one_or_more(check.identifier, MAX_NAMES),
  calendar = name,
  labels = named(check.text),
  params = named(check.number),
  notify = one_or_more(name, MAX_NAMES),
  remind = bounded(check.duration),
  title = words,
  summary = words,
  description = words,
  runbook = check.text,
  owner = check.text,
}

-- ---- What fields say together ----

-- As src/alert/slots.c has it. Without `every` there is a slot for each period.
local function check_times(what, given)
  if given.every and (given.every < SECOND or given.every > LONGEST) then
    errors.raise("range", ("'every' of %s is not from 1s to 366d"):format(what))
  end
  if given.at and given.at >= math.min(given.every or DAY, DAY) then
    errors.raise("range", ("'at' of %s is not less than %s"):format(what,
      given.every and given.every < DAY and "'every'" or "a day"))
  end
end

-- What every alert can be matched by, beside its labels (src/alert/mute.h).
local reserved = { metric = true, owner = true, rule = true, severity = true }

local function check_labels(what, given)
  local dimensions = {}
  for _, dimension in ipairs(given.by or {}) do dimensions[dimension] = true end
  for _, label in ipairs(given.labels or {}) do
    if dimensions[label.name] then
      errors.raise("conflict", ("'labels' of %s has '%s', which is a dimension of its 'by'")
        :format(what, label.name))
    elseif reserved[label.name] then
      errors.raise("conflict", ("'labels' of %s has '%s', which every alert has by itself")
        :format(what, label.name))
    end
  end
  return dimensions
end

-- Name → whether it is a reading, in any spelling.
local is_reading = setmetatable({}, { __index = function(known, word)
  known[word] = native.reading(word) ~= nil
  return known[word]
end })

-- A parameter that something else hides could never be read.
local function check_params(what, given, dimensions)
  for _, param in ipairs(given.params or {}) do
    local hidden = is_reading[param.name] and "a reading"
      or dimensions[param.name] and "a dimension of its 'by'"
    if hidden then
      errors.raise("conflict", ("'params' of %s has '%s', which is %s"):format(what, param.name,
        hidden), "give it another name")
    end
  end
end

local function check_depends(what, given, own)
  for _, other in ipairs(given.depends or {}) do
    if other == own then errors.raise("conflict", what .. " depends on itself") end
  end
end

local function check_conditions(what, given)
  local levels = given.severity
  if not given.when and not (levels and levels[1].when) then
    errors.raise("type", what .. " has no 'when'", 'add when = "value < target"')
  end
end

-- ---- Declaring ----

local rules

local function declare(rule, place, fields)
  if #rules.all() == MAX_RULES then
    errors.raise("limit", ("more than %d alerts"):format(MAX_RULES))
  end
  local what = ("alert '%s'"):format(rule)
  local given = check.fields(what, fields, schema)
  check.need(what, given, { "metric" })
  check_conditions(what, given)
  check_times(what, given)
  check_params(what, given, check_labels(what, given))
  check_depends(what, given, rule)
  return { name = rule, place = place, fields = given }
end

rules = registry.new {
  kind = "alert", a_kind = "an alert", class = "alert", declare = declare,
  missing = function(rule)
    return ("the alert '%s' has no table"):format(rule), 'alert "name" { metric = "…", when = "…" }'
  end,
}

--- alert "name" { … }: what is watched, when it is bad, who is told.
---@param rule string
function M.alert(rule, ...)
  check.identifier(rule, "the name of an alert")
  if select("#", ...) > 0 then
    errors.raise("type", "alert takes a name, then a table",
      ('alert "%s" { metric = "…", when = "…" }'):format(rule))
  end
  return rules.begin(rule)
end

-- ---- For the loader ----

M.all, M.take_unfinished = rules.all, rules.take_unfinished

-- ---- For the host (src/catalog/catalog_rule.c reads it) ----

local function levels_of(given, number)
  local levels = given.severity or { { severity = "warning" } }
  local list = {}
  for i, level in ipairs(levels) do
    list[i] = { severity = level.severity, when = level.when and number(level.when) }
  end
  return list
end

local function text_of(label, language)
  return label and label[language]
end

--- The rule as the host takes it; `number` gives the number of a condition.
---@param entry table
---@param number fun(e: table): integer
function M.record(entry, number)
  local f = entry.fields
  local damping = f.flapping or {}
  return {
    name = entry.name, metric = f.metric, by = f.by, grain = f.grain, partial = f.partial,
    every = f.every, at = f.at, calendar = f.calendar,
    when = f.when and number(f.when), clear = f.clear and number(f.clear),
    levels = levels_of(f, number),
    hold = f.hold, keep = f.keep, hold_through_gaps = f.hold_through_gaps,
    no_data = f.no_data, on_error = f.on_error, gone_after = f.gone_after,
    damp = damping.damp, calm = damping.calm,
    depends = f.depends, labels = f.labels, params = f.params, notify = f.notify,
    remind = f.remind, runbook = f.runbook, owner = f.owner,
    title_en = text_of(f.title, "en"), title_ja = text_of(f.title, "ja"),
    summary_en = text_of(f.summary, "en"), summary_ja = text_of(f.summary, "ja"),
    description_en = text_of(f.description, "en"), description_ja = text_of(f.description, "ja"),
  }
end

--- The rule's conditions, each with what messages call it.
---@param entry table
function M.conditions(entry)
  local f, list = entry.fields, {}
  local what = (" of alert '%s'"):format(entry.name)
  local function add(e, which)
    if e then list[#list + 1] = { e = e, what = ("'%s'%s"):format(which, what) } end
  end
  add(f.when, "when")
  for _, level in ipairs(f.severity or {}) do add(level.when, level.severity) end
  add(f.clear, "clear")
  return list
end

return M
