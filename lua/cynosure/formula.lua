--- Mathematical functions of formulas: formula.min(a, b), formula.log(a), … They make formulas; a
--- plain number among their arguments is a constant.

local errors = require "_errors"
local node = require "node"
local sandbox = require "_sandbox"

local M = {}

--- The functions by name. What they are called with becomes a formula, or is an error.
---@type table<string, fun(...): Formula>
M.functions = {}

-- The numbers of its arguments that a function takes.
local function check_count(name, n, least, most)
  if n >= least and n <= most then return end
  errors.raise("type", ("formula.%s takes %s, got %d"):format(name,
    most == 1 and "one argument" or "two or more arguments", n))
end

local function argument(name, i, value)
  return node.of(value, ("argument %d of formula.%s"):format(i, name))
end

for _, name in ipairs { "min", "max" } do
  M.functions[name] = function(...)
    local n = select("#", ...)
    check_count(name, n, 2, math.huge)
    local result = argument(name, 1, (...))
    for i = 2, n do result = node.call(name, result, argument(name, i, (select(i, ...)))) end
    return result
  end
end

for _, name in ipairs { "abs", "sqrt", "exp", "log" } do
  M.functions[name] = function(...)
    check_count(name, select("#", ...), 1, 1)
    return node.call(name, argument(name, 1, (...)))
  end
end

--- Their names in the order in which messages list them.
M.names = { "min", "max", "abs", "sqrt", "exp", "log" }

local named = {}
for name, fn in pairs(M.functions) do named["formula." .. name] = fn end
sandbox.call(named)

--- What scripts call `formula`.
M.formula = setmetatable({}, {
  __index = function(_, name)
    if M.functions[name] then return M.functions[name] end
    errors.unknown(("there is no function formula.%s"):format(tostring(name)), tostring(name),
      M.names)
  end,
  __newindex = function() errors.raise("type", "formula cannot be changed") end,
  __metatable = false,
})

return M
