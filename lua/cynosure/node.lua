--- Formulas: trees of aggregates, metrics and numbers, made by operators. Nothing is computed here.

local errors = require "_errors"
local object = require "_object"

local M = {}

-- The host refuses more (src/catalog/catalog.c), so that it may walk formulas recursively. The size
-- is what one value costs: a fold over n periods counts n times.
local MAX_DEPTH, MAX_SIZE = 1000, 10000

local Formula

--- The methods of a formula; window.lua adds them.
---@type table<string, function>
M.methods = {}

--- The formula's content, or nil when the value is no formula.
function M.get(value)
  return object.get(Formula, value)
end

--- What a method was called on.
function M.content(self, method)
  return M.get(self) or errors.raise("type", ("%s is called without a formula"):format(method),
    ("write a colon: value:%s(…)"):format(method))
end

local function make(content)
  content.place = errors.here()
  content.depth = content.depth or 1
  content.size = content.size or 1
  if content.depth > MAX_DEPTH or content.size > MAX_SIZE then
    errors.raise("limit", ("a formula has more than %d parts, or more than %d nested ones")
      :format(MAX_SIZE, MAX_DEPTH))
  end
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
    errors.raise("type", ("%s is a function, expected a formula or a number"):format(what),
      "only a metric's whole value can be a function: value = function(at) … end")
  end
  local content = object.content(value)
  errors.raise("type",
    ("%s is %s, expected a formula or a number"):format(what, object.describe(value)),
    content and content.class.hint)
end

local function operation(op, a, b)
  local left = M.of(a, ("the left side of '%s'"):format(op))
  local right = M.of(b, ("the right side of '%s'"):format(op))
  local x, y = M.get(left), M.get(right)
  return make {
    kind = "op", op = op, a = left, b = right,
    depth = 1 + math.max(x.depth, y.depth), size = 1 + x.size + y.size,
  }
end

local function negative(a)
  a = M.of(a, "what '-' stands before")
  local x = M.get(a)
  return make { kind = "op", op = "neg", a = a, depth = x.depth + 1, size = x.size + 1 }
end

--- The operators of a class: arithmetic makes formulas, or says why it cannot.
---@param kind string how messages call the class
---@return table<string, function>
function M.operators(kind)
  local operators = {
    __unm = negative,
    __call = function()
      errors.raise("type", ("a %s is called as if it were a function"):format(kind))
    end,
    __tostring = function() return kind end,
  }
  for name, op in pairs { add = "+", sub = "-", mul = "*", div = "/", pow = "^", mod = "%" } do
    operators["__" .. name] = function(a, b) return operation(op, a, b) end
  end
  return operators
end

local operators = M.operators "formula"
for _, name in ipairs { "lt", "le", "concat", "len", "idiv", "band", "bor", "bxor", "shl", "shr",
  "bnot" } do
  operators["__" .. name] = function()
    errors.raise("type", "a formula can only be computed with + - * / ^ %",
      "its value is not known while scripts are loaded")
  end
end

Formula = object.class("formula", M.methods, operators)

--- A formula that is one aggregate over a source.
function M.aggregate(agg)
  return make { kind = "agg", agg = agg }
end

--- A formula that is the value of another metric.
function M.metric(name)
  return make { kind = "metric", metric = name }
end

--- A mathematical function of one formula, or of two.
---@param name string
function M.call(name, a, b)
  local x, y = M.get(a), M.get(b) or { depth = 0, size = 0 }
  return make {
    kind = "call", call = name, a = a, b = b,
    depth = 1 + math.max(x.depth, y.depth), size = 1 + x.size + y.size,
  }
end

--- A formula that is a function of the point (free.lua).
---@param place table where the function begins
---@param free { handle: integer, digest: string, text: string, reads: table[] }
function M.free(place, free)
  local formula = make { kind = "script", free = free }
  M.get(formula).place = place
  return formula
end

--- A formula's value over another stretch of time.
---@param window { window: string, unit: string, n: integer }
function M.window(formula, window)
  local x = M.get(formula)
  return make {
    kind = "window", a = formula, window = window.window, unit = window.unit, n = window.n,
    depth = x.depth + 1, size = x.size + 1,
  }
end

--- The mean, sum, min or max of a formula's values in the last n periods.
function M.fold(formula, n, func)
  local x = M.get(formula)
  return make {
    kind = "fold", a = formula, n = n, fold = func, depth = x.depth + 1, size = 1 + n * x.size,
  }
end

return M
