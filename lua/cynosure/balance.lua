--- Balances: what is in force at the end of a period; and movements, what changed during it.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local rows = require "_rows"

local schema = {
  entity = expr.value,
  value = expr.value,
  from = expr.value,
  to = expr.value,
}

-- The relation of the fields: intervals of validity, or snapshots where neither end is given.
local function relation(self, kind, fields)
  local view = rows.content(self, kind)
  local given = check.fields(kind, fields, schema)
  check.need(kind, given, { "entity", "value" })
  if (given.from == nil) ~= (given.to == nil) then
    local has, lacks = "from", "to"
    if given.to then has, lacks = lacks, has end
    errors.raise("type", ("%s has '%s' but no '%s'"):format(kind, has, lacks),
      "give both for intervals, neither for snapshots")
  end
  if not given.from then rows.need_time(view, kind) end
  return {
    kind = kind, base = self, entity = given.entity, arg = given.value,
    from = given.from, to = given.to,
  }
end

-- ---- balance ----

local Balance
local state = {}

--- The sum over all entities.
function state.total(self, ...)
  rows.content(self, "total", Balance)
  check.no_more("total", ...)
  return rows.aggregate(self, "sum", expr.column "value")
end

Balance = rows.class("balance", state, "add :total(), :count() or another aggregate")

--- One row for each entity whose value at the end of the period is not zero: column "value".
function rows.methods.balance(self, fields, ...)
  check.no_more("balance", ...)
  return rows.relation(Balance, relation(self, "balance", fields), "value")
end

-- ---- movement ----

local PARTS = { "opening", "new", "expansion", "contraction", "churn", "reactivation", "closing" }

local Movement
local change = {}

for _, part in ipairs(PARTS) do
  change[part] = function(self, ...)
    rows.content(self, part, Movement)
    check.no_more(part, ...)
    return rows.aggregate(self, "sum", expr.column(part))
  end
end

local part_name = check.word(PARTS)

--- The number of entities that have such a part.
function change.entities(self, part, ...)
  local view = rows.content(self, "entities", Movement)
  check.no_more("entities", ...)
  part_name(part, "the part of entities")
  return rows.aggregate(rows.filter(view, expr.value(part .. " > 0", "entities")), "count")
end

-- A method without arguments that is made of the parts.
local function made_of_parts(name, build)
  change[name] = function(self, ...)
    rows.content(self, name, Movement)
    check.no_more(name, ...)
    return build(self)
  end
end

-- Net revenue retention: what is left of the opening and what it grew, reactivation left out.
made_of_parts("nrr", function(self)
  local opening = self:opening()
  return (opening + self:expansion() - self:contraction() - self:churn()) / opening
end)

-- Gross revenue retention: what is left of the opening.
made_of_parts("grr", function(self)
  local opening = self:opening()
  return (opening - self:contraction() - self:churn()) / opening
end)

-- The share of entities that were lost.
made_of_parts("logo_churn", function(self)
  return self:entities "churn" / self:entities "opening"
end)

-- What was won for each unit that was lost.
made_of_parts("quick_ratio", function(self)
  return (self:new() + self:expansion() + self:reactivation())
    / (self:contraction() + self:churn())
end)

Movement = rows.class("movement", change, "add one of its parts, such as :closing()")

--- One row for each entity with a value at either end of the period, and how it changed.
function rows.methods.movement(self, fields, ...)
  check.no_more("movement", ...)
  return rows.relation(Movement, relation(self, "movement", fields))
end
