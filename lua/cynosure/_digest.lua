--- Fingerprints of functions: their code and what they have captured.

local native = require "_native"
local readonly = require "_readonly"
local sandbox = require "_sandbox"

local M = {}

local feed

-- Entries in the order of their keys, so that equal tables read the same.
local function feed_table(t, state)
  for _, key in ipairs(sandbox.sorted_keys(t)) do
    feed(key, state)
    feed(rawget(t, key), state)
  end
end

local function feed_function(f, state)
  state[#state + 1] = string.pack("<s4", native.code(f) or "?")
  for i = 1, 255 do
    local name, value = native.upvalue(f, i)
    if not name then break end
    feed(value, state)
  end
end

--- Appends the value's bytes to the state, a list that also maps what was met before to its number.
function feed(value, state)
  value = readonly.original(value)
  local kind = math.type(value) or type(value)
  local name = sandbox.name_of(value)
  if name then
    state[#state + 1] = string.pack("<s4", name)
  elseif kind == "table" or kind == "function" then
    local number = state.seen[value]
    state[#state + 1] = kind
    state[#state + 1] = string.pack("<i8", number or 0)
    if number then return end
    state.count = state.count + 1
    state.seen[value] = state.count
    if kind == "table" then feed_table(value, state) else feed_function(value, state) end
  elseif kind == "integer" then
    state[#state + 1] = string.pack("<c1i8", "i", value)
  elseif kind == "float" then
    state[#state + 1] = string.pack("<c1d", "d", value)
  elseif kind == "string" then
    state[#state + 1] = string.pack("<c1s4", "s", value)
  else
    state[#state + 1] = tostring(value)
  end
end

--- SHA-256 of a Lua function, or of a table of them, as hexadecimal digits. It does not depend on
--- where the function stands, only on what it does: its code, and the values of the locals it has
--- captured.
---@param f function|table
---@return string
function M.of(f)
  local state = { count = 0, seen = {} }
  feed(f, state)
  return native.sha256(table.concat(state, "\0"))
end

return M
