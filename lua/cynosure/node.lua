--- Formulas: trees of aggregates, metrics and numbers, made by operators. Nothing is computed here.

local errors = require "_errors"
local object = require "_object"

local M = {}

-- The host refuses more (src/catalog/catalog.c), so that it may walk formulas recursively.
local MAX_DEPTH, MAX_SIZE = 1000, 10000

local Formula

--- The formula's content, or nil when the value is no formula.
function M.get(value)
  return object.get(Formula, value)
end

local function make(content)
  content.place = errors.here()
  content.depth = content.depth or 1
  content.size = content.size or 1
  return object.new(Formula, content)
end

--- The value as a formula: a formula itself, or a number.
---@param value any
---@param what string how messages call it
function M.of(value, what)
  if M.get(value) then return value end
  if math.type(value) == "float" and (value ~= value or math.abs(value) == math.huge) then
    errors.raise("range", what .. " is not a finite number")
  end
  if type(value) == "number" then return make { kind = "const", value = value } end
  if type(value) == "function" then
    errors.raise("unsupported", ("%s is a function, which is not available in this version")
      :format(what), "build it from aggregates and metrics with + - * / ^ %")
  end
  local hint
  if object.describe(value) == "a source" then hint = "add an aggregate, such as :count()" end
  errors.raise("type",
    ("%s is %s, expected a formula or a number"):format(what, object.describe(value)), hint)
end

local function check_extent(depth, size)
  if depth > MAX_DEPTH or size > MAX_SIZE then
    errors.raise("limit", ("a formula has more than %d parts, or more than %d nested ones")
      :format(MAX_SIZE, MAX_DEPTH))
  end
end

local function operation(op, a, b)
  local left = M.of(a, ("the left side of '%s'"):format(op))
  local right = M.of(b, ("the right side of '%s'"):format(op))
  local x, y = M.get(left), M.get(right)
  local depth, size = 1 + math.max(x.depth, y.depth), 1 + x.size + y.size
  check_extent(depth, size)
  return make { kind = "op", op = op, a = left, b = right, depth = depth, size = size }
end

local operators = {
  __unm = function(a)
    local x = M.get(a)
    check_extent(x.depth + 1, x.size + 1)
    return make { kind = "op", op = "neg", a = a, depth = x.depth + 1, size = x.size + 1 }
  end,
  __tostring = function() return "formula" end,
  __call = function()
    errors.raise("type", "a formula is called as if it were a function")
  end,
}
for name, op in pairs { add = "+", sub = "-", mul = "*", div = "/", pow = "^", mod = "%" } do
  operators["__" .. name] = function(a, b) return operation(op, a, b) end
end
for _, name in ipairs { "lt", "le", "concat", "len", "idiv", "band", "bor", "bxor", "shl", "shr",
  "bnot" } do
  operators["__" .. name] = function()
    errors.raise("type", "a formula can only be computed with + - * / ^ %",
      "its value is not known while scripts are loaded")
  end
end

Formula = object.class("formula", {}, operators)

--- A formula that is one aggregate over a source.
function M.aggregate(agg)
  return make { kind = "agg", agg = agg }
end

--- A formula that is the value of another metric.
function M.metric(name)
  return make { kind = "metric", metric = name }
end

return M
