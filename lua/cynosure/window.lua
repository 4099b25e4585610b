--- Formulas over other stretches of time than the period asked for.

local check = require "_check"
local errors = require "_errors"
local node = require "node"
local span = require "_span"

-- The host refuses more (src/catalog/catalog_formula.c).
local MAX_PERIODS, MAX_OFFSET = 1000, 100000

local methods = node.methods

local ROLLING = {
  min = "minute", h = "hour", d = "day", w = "week", m = "month", q = "quarter", y = "year",
}

--- The value over the last units up to the end of the period: "28d", "4w", "3m", "12h", "90min".
function methods.rolling(self, length, ...)
  node.content(self, "rolling")
  check.no_more("rolling", ...)
  local n, unit = span.read(length, "rolling", ROLLING)
  return node.window(self, { window = "rolling", unit = unit, n = n })
end

local larger_unit = check.word { "week", "month", "quarter", "year" }

--- The value from the start of the week, month, quarter or year to the end of the period.
function methods.to_date(self, unit, ...)
  node.content(self, "to_date")
  check.no_more("to_date", ...)
  return node.window(self, { window = "to_date", unit = larger_unit(unit, "to_date"), n = 1 })
end

--- The value over all time up to the end of the period.
function methods.cumulative(self, ...)
  node.content(self, "cumulative")
  check.no_more("cumulative", ...)
  return node.window(self, { window = "cumulative", unit = "all", n = 1 })
end

local offset_unit = check.word { "day", "week", "month", "quarter", "year" }

--- The value n periods later, or n units; earlier where n is negative.
function methods.offset(self, n, unit, ...)
  node.content(self, "offset")
  check.no_more("offset", ...)
  if math.type(n) ~= "integer" or n == 0 or math.abs(n) > MAX_OFFSET then
    errors.raise("range", ("offset is %s, expected a whole number other than 0"):format(
      tostring(n)), "offset(-1) is the period before")
  end
  unit = unit == nil and "all" or offset_unit(unit, "the unit of offset")
  return node.window(self, { window = "offset", unit = unit, n = n })
end

local fold = check.word { "mean", "sum", "min", "max" }

--- The mean, sum, min or max of the values in the last n periods, this one included.
function methods.over(self, n, func, ...)
  node.content(self, "over")
  check.no_more("over", ...)
  if math.type(n) ~= "integer" or n < 1 or n > MAX_PERIODS then
    errors.raise("range", ("over is %s, expected a number of periods, 1 … %d"):format(
      tostring(n), MAX_PERIODS))
  end
  return node.fold(self, n, fold(func, "the second argument of over"))
end
