--- per: aggregates within each entity and period, whose results are rows again.

local check = require "_check"
local errors = require "_errors"
local expr = require "_expr"
local node = require "node"
local object = require "_object"
local rows = require "_rows"

local Values = rows.class("relation", {}, "add an aggregate, such as :where(…):count()")

-- What `per` gives: it only waits for an aggregate.
local Per
local own = {}

for func, arguments in pairs(rows.arguments) do
  own[func] = function(self, ...)
    local it = object.get(Per, self)
    if not it then
      errors.raise("type", ("%s is called without a per"):format(func),
        ('write a colon: events:per "user_id":%s(…)'):format(func))
    end
    local base = rows.get(it.base)
    if func == "first" or func == "last" then rows.need_time(base, func) end
    local arg, settings = arguments(base.default, nil, ...)
    return rows.relation(Values, {
      kind = "per", base = it.base, entity = it.entity,
      func = func, arg = arg, p = settings.p, qtype = settings.qtype,
    }, "value")
  end
end

for _, name in ipairs { "where", "derive" } do
  own[name] = function()
    errors.raise("type", ("per is not aggregated yet, so there is nothing for %s"):format(name),
      ('filter rows before: events:where(…):per …; or their values: per "user_id":count():%s(…)')
      :format(name))
  end
end

Per = object.class("per", own, node.operators "per")
Per.hint = "add what to compute of each, such as :count()"

--- One row for each entity and period, once an aggregate follows: column "value".
function rows.methods.per(self, entity, ...)
  rows.content(self, "per")
  check.no_more("per", ...)
  return object.new(Per, { base = self, entity = expr.value(entity, "per") })
end
