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
  if not object.is_table(t) then
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

--- Raises unless all of these fields are given.
---@param what string
---@param given table
---@param names string[]
function M.need(what, given, names)
  for _, name in ipairs(names) do
    if given[name] == nil then
      errors.raise("type", ("%s has no '%s'"):format(what, name), ("add %s = …"):format(name))
    end
  end
end

--- Raises when a function got more arguments than it takes.
---@param what string
function M.no_more(what, ...)
  if select("#", ...) > 0 then
    errors.raise("type", ("%s has more arguments than it takes"):format(what))
  end
end

local function expected(what, value, wanted)
  errors.raise("type", ("%s is %s, expected %s"):format(what, object.describe(value), wanted))
end

function M.text(value, what)
  if type(value) ~= "string" then expected(what, value, "a text") end
  if value:find("\0", 1, true) then errors.raise("type", what .. " holds a NUL byte") end
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

function M.boolean(value, what)
  if type(value) ~= "boolean" then expected(what, value, "true or false") end
  return value
end

--- A check for a list of one or more items, each of which passes the given check.
---@param item function
function M.list(item)
  return function(value, what)
    if not object.is_table(value) then expected(what, value, "a list") end
    local out = {}
    for i, v in ipairs(value) do out[i] = item(v, ("item %d of %s"):format(i, what)) end
    for key in pairs(value) do
      if math.type(key) ~= "integer" or key < 1 or key > #out then
        errors.raise("type", ("%s has an entry '%s', expected a list without names and gaps")
          :format(what, tostring(key)))
      end
    end
    if #out == 0 then errors.raise("type", what .. " is an empty list") end
    return out
  end
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

--- A length of time as text; gives its microseconds.
function M.duration(value, what)
  local length = native.duration(M.text(value, what))
  if not length or length <= 0 then
    errors.raise("syntax", ("%s is '%s', expected a duration such as 30m, 12h, 14d or 2w")
      :format(what, value))
  end
  return length
end

--- The same, or no time at all.
function M.duration_or_none(value, what)
  local length = native.duration(M.text(value, what))
  return length == 0 and 0 or M.duration(value, what)
end

function M.grain(value, what)
  local ok, message, hint = native.grain(M.text(value, what))
  if not ok then errors.raise("name", what .. ": " .. message, hint ~= "" and hint or nil) end
  return value
end

--- A number, or { lo, hi } for a range.
function M.bound(value, what)
  if not object.is_table(value) then return { M.number(value, what) } end
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
  if not native.is_identifier(value) and value:find "^[%a_][%w_]*$" then
    errors.raise("name", ("%s is '%s', which is a word of Lua"):format(what, value))
  end
  if not native.is_identifier(value) then
    errors.raise("name", ("%s is '%s', expected letters, digits and _, with no digit first")
      :format(what, value))
  end
  return value
end

return M
