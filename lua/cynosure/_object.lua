--- Objects that a script holds but cannot look into: what they carry is kept here.

local errors = require "_errors"

local M = {}

local contents = {}

--- A class: `kind` names it in messages, `methods` are what scripts may call, `operators` are
--- metamethods.
---@param kind string
---@param methods table<string, function>
---@param operators? table<string, function>
function M.class(kind, methods, operators)
  local names = {}
  for name in pairs(methods) do names[#names + 1] = name end
  table.sort(names)
  local class = { __name = kind, __metatable = false }
  function class.__index(_, key)
    local method = methods[key]
    if method then return method end
    errors.unknown(("%s has no method '%s'"):format(kind, tostring(key)), tostring(key), names)
  end
  function class.__newindex()
    errors.raise("type", kind .. " cannot be changed")
  end
  for name, operator in pairs(operators or {}) do class[name] = operator end
  return class
end

--- A new object of the class.
function M.new(class, content)
  local object = setmetatable({}, class)
  content.class = class
  contents[object] = content
  return object
end

--- What the object carries if it is of the class, else nil.
function M.get(class, object)
  local content = contents[object]
  return content and content.class == class and content or nil
end

--- How messages call a value: "a formula", "a number", "nothing".
function M.describe(value)
  local content = contents[value]
  if content then return "a " .. content.class.__name end
  if value == nil then return "nothing" end
  return "a " .. type(value)
end

return M
