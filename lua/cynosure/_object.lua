--- Objects that a script holds but cannot look into: what they carry is kept here.

local errors = require "_errors"

local M = {}

local contents = {}

local function sorted_names(...)
  local names = {}
  for _, methods in ipairs { ... } do
    for name in pairs(methods) do names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- A class: `kind` names it in messages, `methods` are what scripts may call, `operators` are
--- metamethods, `inherited` are methods that it shares with others.
---@param kind string
---@param methods table<string, function>
---@param operators? table<string, function>
---@param inherited? table<string, function>
function M.class(kind, methods, operators, inherited)
  inherited = inherited or {}
  local class = { __name = kind, __metatable = false }
  function class.__index(_, key)
    local method = methods[key] or inherited[key]
    if method then return method end
    errors.unknown(("%s has no method '%s'"):format(kind, tostring(key)), tostring(key),
      sorted_names(methods, inherited))
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

--- What any object carries, nil for other values.
function M.content(object)
  return contents[object]
end

--- How messages call a value: "a formula", "a number", "nothing".
function M.describe(value)
  local content = contents[value]
  if content then return "a " .. content.class.__name end
  if value == nil then return "nothing" end
  return "a " .. type(value)
end

--- Whether the value is a table that a script wrote, and no object.
function M.is_table(value)
  return type(value) == "table" and not contents[value]
end

return M
