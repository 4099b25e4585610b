--- Conditions of alert rules: expressions in which names are readings of the series, dimensions and
--- parameters. The host computes readings by their canonical names (src/alert/reading.h).

local errors = require "_errors"
local expr = require "_expr"
local native = require "_native"
local source_text = require "_text"

local M = {}

-- src/catalog/evaluator.h has the same limit.
local MAX_READINGS = 64

-- Name → whether the reading takes arguments.
local readings = native.readings()

-- ---- Declaring ----

-- Rules that a loop makes say the same in the same place again and again: one condition is enough.
local known = {}

-- Functions that have captured variables of their own may differ in those.
local function has_captured(fn)
  local first, second = native.upvalue(fn, 1), native.upvalue(fn, 2)
  return second ~= nil or first ~= nil and first ~= "_ENV"
end

-- Equal conditions have equal keys; nil: it cannot be told.
local function key_of(value)
  if type(value) == "string" then
    local place = errors.here()
    return ("%s:%s:%s"):format(place.file, place.line, value)
  end
  local code = type(value) == "function" and native.code(value)
  if not code or has_captured(value) then return nil end
  local file, first, last = native.definition(value)
  return ("%s:%d:%d:%s"):format(file, first, last, code)
end

--- A condition in a text, or a function of the series.
---@param value string|fun(s: Series): any
---@param what string how messages call it
function M.of(value, what)
  local key = key_of(value)
  local e = key and known[key] or expr.of_series(value, what)
  if key then known[key] = e end
  return e
end

-- ---- What is plainly read ----

-- The canonical name of the call at tokens[i], where its arguments are literals; else nil.
local function literal_call(text, tokens, i)
  local name, open = tokens[i].text, tokens[i + 1]
  if not open then return nil end
  if open.kind == "text" then
    return native.reading(("%s(%s)"):format(name, open.text))
  end
  if open.text ~= "(" then return nil end
  for k = i + 2, #tokens do
    if tokens[k].text == ")" then
      return native.reading(name .. text:sub(open.first, tokens[k].last))
    end
    if tokens[k].kind == "name" or tokens[k].text == "(" then return nil end
  end
end

local function is_sign(token, signs)
  return token and token.kind == "sign" and signs[token.text]
end

local fields, methods = { ["."] = true }, { [":"] = true }

--- The readings that a text, or a function's lines, plainly ask for: those that need no run to be
--- known. Where `parameter` is what a function calls its series, they are its fields and methods.
---@param text string
---@param parameter? string
---@return string[]
function M.literal_readings(text, parameter)
  local tokens, list, seen = source_text.tokens(text), {}, {}
  for i, token in ipairs(tokens) do
    local name, before, object = token.kind == "name" and token.text, tokens[i - 1], tokens[i - 2]
    local own = not parameter or object and object.kind == "name" and object.text == parameter
    local found
    if name and own and readings[name] == false then
      found = (not parameter and not is_sign(before, fields) or is_sign(before, fields)) and name
    elseif name and own and readings[name] then
      found = (not parameter or is_sign(before, methods)) and literal_call(text, tokens, i)
    end
    if found and not seen[found] then
      seen[found] = true
      list[#list + 1] = found
    end
  end
  return list
end

-- ---- Checking, when all scripts have run ----

-- Whether the name is above one that is read: "payload" in payload.plan.
local function is_above(name, names)
  for _, other in ipairs(names) do
    if other:sub(1, #name + 1) == name .. "." then return true end
  end
  return false
end

--- What of the names that were looked up is read.
---@param names string[] all, in their order
---@param inputs table<string, any> those that are certainly read
---@return string[]
function M.read_names(names, inputs)
  local list = {}
  for _, name in ipairs(names) do
    if inputs[name] or not is_above(name, names) then list[#list + 1] = name end
  end
  return list
end

local function is_reading(name)
  return readings[name] ~= nil or name:find("(", 1, true) ~= nil
end

-- What may have been meant by a name that is none.
local function hint_for(name, own)
  local canonical, candidates = native.reading(name), {}
  if canonical then return "write " .. canonical end
  for other in pairs(readings) do candidates[#candidates + 1] = other end
  for other in pairs(own) do candidates[#candidates + 1] = other end
  table.sort(candidates)
  local near = native.nearest(name, candidates)
  return near and ("did you mean '%s'?"):format(near)
end

--- What is wrong with names that a condition reads: nil, or a message, a hint and the name.
---@param names string[] what it reads
---@param own table<string, boolean> the rule's dimensions and parameters
function M.unknown_name(names, own)
  local asked = 0
  for _, name in ipairs(names) do
    if is_reading(name) then
      asked = asked + 1
    elseif not own[name] then
      return ("there is no reading, dimension or parameter '%s'"):format(name),
        hint_for(name, own), name
    end
  end
  if asked > MAX_READINGS then
    return ("it asks for %d different readings, at most %d are possible"):format(asked,
      MAX_READINGS)
  end
end

return M
