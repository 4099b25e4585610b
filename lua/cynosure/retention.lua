--- Retention: who of those that started in a period came back.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local node = require "node"
local object = require "_object"
local rows = require "_rows"
local span = require "_span"

local UNITS = { d = "day", w = "week", m = "month" }

-- ---- The rows of one offset: who started, whether active then ----

local Cohort
local own = {}

--- The share that is retained; with a value, what it was then as a share of what it was.
function own.rate(self, ...)
  local view = rows.content(self, "rate", Cohort)
  check.no_more("rate", ...)
  if not view.relation.arg then return rows.aggregate(self, "share", expr.column "retained") end
  return rows.aggregate(self, "sum", expr.column "value")
    / rows.aggregate(self, "sum", expr.column "base")
end

Cohort = rows.class("cohort", own, "add :rate() or another aggregate")

-- ---- What `retention` gives: it waits for the offset ----

local Retention
local waiting = {}

local function cohort(it, offset, what)
  local n, unit = span.read(offset, what, UNITS)
  return rows.relation(Cohort, {
    kind = "retention", base = it.base, entity = it.entity, start = it.start, active = it.active,
    mode = it.mode, arg = it.arg, unit = unit, n = n,
  })
end

local function content(self, method)
  local it = object.get(Retention, self)
  if not it then
    errors.raise("type", ("%s is called without a retention"):format(method),
      ('write a colon: keep:%s "1d"'):format(method))
  end
  return it
end

--- The rate at this offset: "1d", "2w", "3m".
function waiting.at(self, offset, ...)
  check.no_more("at", ...)
  return own.rate(cohort(content(self, "at"), offset, "at"))
end

--- The rows at this offset: one for each entity that started.
function waiting.cohort(self, offset, ...)
  check.no_more("cohort", ...)
  return cohort(content(self, "cohort"), offset, "cohort")
end

for _, name in ipairs { "where", "derive", "count" } do
  waiting[name] = function()
    errors.raise("type", ("retention has no rows for %s before its offset is known"):format(name),
      ('keep:cohort "1d":%s(…)'):format(name))
  end
end

Retention = object.class("retention", waiting, node.operators "retention")
Retention.hint = 'add the offset: :at "1d"'

local schema = {
  entity = expr.value,
  start = expr.condition,
  active = expr.condition,
  mode = check.word { "bounded", "unbounded", "within" },
  value = expr.value,
  at = check.text,
}

--- Cohorts of entities by the period of their start; with `at` directly the rate at that offset.
function rows.methods.retention(self, fields, ...)
  rows.need_time(rows.content(self, "retention"), "retention")
  check.no_more("retention", ...)
  local given = check.fields("retention", fields, schema)
  check.need("retention", given, { "entity", "start" })
  local it = {
    base = self, entity = given.entity, start = given.start, active = given.active,
    mode = given.mode or "bounded", arg = given.value,
  }
  if given.at then return own.rate(cohort(it, given.at, "'at' of retention")) end
  return object.new(Retention, it)
end
