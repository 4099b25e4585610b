--- Journeys: steps that an entity takes one after the other, within a time.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local object = require "_object"
local rows = require "_rows"

-- The host refuses more (src/catalog/catalog_view.c).
local MAX_STEPS = 32

local Times = rows.class("relation", {}, "add an aggregate, such as :p(50)")
local Journey

-- ---- Declaring ----

-- A condition, or { when = condition, within = duration }.
local function step(value, what)
  local detailed = object.is_table(value)
    and (rawget(value, "when") ~= nil or rawget(value, "within") ~= nil)
  if not detailed then return { when = expr.condition(value, what) } end
  local given = check.fields(what, value, { when = expr.condition, within = check.duration })
  if not given.when then
    errors.raise("type", what .. " has no 'when'", "add when = …, a condition")
  end
  return given
end

local function steps(value, what)
  local list = check.list(step)(value, what)
  if #list < 2 then
    errors.raise("type", ("%s has %d, expected two or more steps"):format(what, #list))
  end
  if #list > MAX_STEPS then
    errors.raise("limit", ("%s has %d steps, at most %d"):format(what, #list, MAX_STEPS))
  end
  if list[1].within then
    errors.raise("conflict", what .. ": the first step has a 'within'",
      "it limits the time since the step before")
  end
  return list
end

local schema = {
  entity = expr.value,
  steps = steps,
  within = check.duration,
  strict = check.boolean,
  any_order = check.boolean,
  attempts = check.word { "first", "every" },
  same = check.list(expr.value),
}

--- One row for each attempt of an entity: how far it came, and when.
function rows.methods.journey(self, fields, ...)
  rows.need_time(rows.content(self, "journey"), "journey")
  check.no_more("journey", ...)
  local given = check.fields("journey", fields, schema)
  check.need("journey", given, { "entity", "steps" })
  return rows.relation(Journey, {
    kind = "journey", base = self, entity = given.entity, steps = given.steps,
    within = given.within, strict = given.strict, any_order = given.any_order,
    every = given.attempts == "every", same = given.same,
  })
end

-- ---- What to ask of it ----

local own = {}

local function step_count(self, method)
  return #rows.content(self, method, Journey).relation.steps
end

local function step_number(number, what, first, count)
  if math.type(number) ~= "integer" then
    errors.raise("type", ("%s is given %s, expected the number of a step, %d … %d"):format(
      what, number == nil and "no step" or object.describe(number), first, count))
  end
  if number < first or number > count then
    errors.raise("range", ("%s: there is no step %d, expected %d … %d"):format(
      what, number, first, count))
  end
  return number
end

local function reached(number)
  return expr.column("reached_" .. number)
end

-- The attempts that reached the step, and those before it. All of them reached the first.
local function among(self, number)
  return number == 1 and self or rows.filter(rows.get(self), reached(number))
end

--- The number of attempts that reached the step.
function own.reach(self, number, ...)
  local count = step_count(self, "reach")
  check.no_more("reach", ...)
  step_number(number, "reach", 1, count)
  return rows.aggregate(among(self, number), "count")
end

--- The share of attempts that reached step `to` (the last), among those that reached `from` (the
--- first).
function own.rate(self, to, from, ...)
  local count = step_count(self, "rate")
  check.no_more("rate", ...)
  to = step_number(to == nil and count or to, "rate", 2, count)
  from = step_number(from == nil and 1 or from, "rate", 1, count)
  if from >= to then
    errors.raise("range", ("rate goes from step %d to step %d, expected a later one")
      :format(from, to), "the step to reach comes first: rate(3, 2)")
  end
  return rows.aggregate(among(self, from), "share", reached(to))
end

--- The share of attempts lost on the way to the step, among those that reached the one before.
function own.drop_off(self, number, ...)
  local count = step_count(self, "drop_off")
  check.no_more("drop_off", ...)
  step_number(number, "drop_off", 2, count)
  return rows.aggregate(among(self, number - 1), "share",
    expr.equals("reached_" .. number, false, "drop_off"))
end

--- The seconds between two steps (the first and the last) of attempts that reached both, as rows.
function own.time(self, from, to, ...)
  local count = step_count(self, "time")
  check.no_more("time", ...)
  if (from == nil) ~= (to == nil) then
    errors.raise("type", "time takes two steps, or none for the first and the last",
      "time(1, 2) is the time from step 1 to step 2")
  end
  from = step_number(from == nil and 1 or from, "time", 1, count)
  to = step_number(to == nil and count or to, "time", 1, count)
  if from >= to then
    errors.raise("range", ("time goes from step %d to step %d, expected an earlier and a later one")
      :format(from, to))
  end
  local between = expr.value(("t%d - t%d"):format(to, from), "time")
  return rows.derive(rows.get(among(self, to)), { value = between },
    { class = Times, default = "value" })
end

Journey = rows.class("journey", own, "add :rate(), :count() or another aggregate")
