--- Checks of the tables that declarations take.

local errors = require "_errors"
local native = require "_native"
local object = require "_object"

local M = {}

--- Names of a table's text keys, sorted.
function M.names(t)
  local names = {}
  for name in pairs(t) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- Raises unless every key of `t` is one of `schema`, and every value passes that key's check, a
--- function of the value and of what to call it in messages. Returns what the checks return.
---@param what string
---@param t table
---@param schema table<string, function>
function M.fields(what, t, schema)
  local out = {}
  if type(t) ~= "table" or object.describe(t) ~= "a table" then
    errors.raise("type", ("%s is %s, expected a table"):format(what, object.describe(t)))
  end
  for key in pairs(t) do
    if type(key) ~= "string" then
      errors.raise("type", ("%s has an entry without a name"):format(what))
    end
  end
  for _, key in ipairs(M.names(t)) do
    local check = schema[key]
    if not check then
      errors.unknown(("%s has an unknown field '%s'"):format(what, key), key, M.names(schema))
    end
    out[key] = check(t[key], ("'%s' of %s"):format(key, what))
  end
  return out
end

local function expected(what, value, wanted)
  errors.raise("type", ("%s is %s, expected %s"):format(what, object.describe(value), wanted))
end

function M.text(value, what)
  if type(value) ~= "string" then expected(what, value, "a text") end
  if value:find "%z" then errors.raise("type", what .. " holds a NUL byte") end
  if not utf8.len(value) then errors.raise("syntax", what .. " is not UTF-8") end
  return value
end

function M.number(value, what)
  if type(value) ~= "number" then expected(what, value, "a number") end
  if value ~= value or value == math.huge or value == -math.huge then
    errors.raise("range", what .. " is not a finite number")
  end
  return value
end

--- A check for one of the words.
function M.word(words)
  return function(value, what)
    M.text(value, what)
    for _, word in ipairs(words) do
      if word == value then return value end
    end
    local list = table.concat(words, ", ")
    errors.unknown(("%s is '%s', expected one of: %s"):format(what, value, list), value, words)
  end
end

--- A calendar date as text; gives its day number.
function M.date(value, what)
  local days = native.date(M.text(value, what))
  if not days then
    errors.raise("syntax", ("%s is '%s', expected a date such as 2026-12-31"):format(what, value))
  end
  return days
end

function M.grain(value, what)
  local ok, message, hint = native.grain(M.text(value, what))
  if not ok then errors.raise("name", what .. ": " .. message, hint ~= "" and hint or nil) end
  return value
end

--- A number, or { lo, hi } for a range.
function M.bound(value, what)
  if type(value) ~= "table" or object.describe(value) ~= "a table" then
    return { M.number(value, what) }
  end
  if #value ~= 2 then errors.raise("type", what .. " expects a number or { lowest, highest }") end
  for key in pairs(value) do
    if key ~= 1 and key ~= 2 then
      errors.raise("type", what .. " expects a number or { lowest, highest }")
    end
  end
  local lo, hi = M.number(value[1], what), M.number(value[2], what)
  if lo > hi then errors.raise("range", what .. " has a lowest above its highest") end
  return { lo, hi }
end

--- A name that formulas can use.
function M.identifier(value, what)
  if type(value) ~= "string" then expected(what, value, "a text") end
  if not native.is_identifier(value) then
    errors.raise("name", ("%s is '%s', expected letters, digits and _, with no digit first")
      :format(what, value))
  end
  return value
end

return M
