--- How a metric's change is shared out among those that it is made of: a method's name, or a
--- function of one's own, which the worker runs for each change (src/catalog/change.h).

local check = require "_check"
local digest = require "_digest"
local errors = require "_errors"
local native = require "_native"
local object = require "_object"
local readonly = require "_readonly"
local source_text = require "_text"

local M = {}

-- ---- Declaring ----

local functions, places = {}, {}

local method = check.word { "additive", "lmdi", "shapley", "movement" }

--- The field of a declaration: the method's word, and what the host must know of a function.
---@param value string|fun(before: table, after: table, total: table): table
---@param what string how messages call it
---@return { word: string, free?: { handle: integer, digest: string, text: string } }
function M.field(value, what)
  if type(value) ~= "function" then return { word = method(value, what) } end
  if not native.code(value) then
    errors.raise("type", what .. " is one of Lua's own functions, expected one written here",
      "wrap it: function(before, after) return … end")
  end
  local file, first, last = native.definition(value)
  local text = source_text.of_function(source_text.lines(file, first, last))
  local handle = native.keep { fn = value, text = text, file = file, line = first }
  functions[handle], places[handle] = value, { file = file, line = first }
  return { word = "script", free = { handle = handle, digest = digest.of(value), text = text } }
end

-- ---- Changes: what a function is given ----

-- A table that can only be read, in which what is not there is an error.
local function reading(values, names, what)
  local function missing(_, name)
    errors.unknown(("%s has no '%s'"):format(what, tostring(name)), tostring(name), names)
  end
  return readonly.view(setmetatable(values, { __index = missing }), what)
end

local function values_by_name(names, values)
  local out = {}
  for i, name in ipairs(names) do out[name] = values[i] end
  return out
end

-- ---- Running, called by the worker (src/script/free.c) ----

local function fail(place, message, ...)
  error(errors.new("type", place, message:format(...)), 0)
end

-- The parts in the order of the inputs; 0 for those that the function does not name.
local function parts_of(result, inputs, place)
  if not object.is_table(result) then
    fail(place, "the decomposition is %s, expected a table of parts by metric",
      object.describe(result))
  end
  result = readonly.original(result)
  local known, parts = {}, {}
  for i, name in ipairs(inputs) do
    local part = rawget(result, name)
    if part ~= nil and type(part) ~= "number" then
      fail(place, "the part of '%s' is %s, expected a number", name, object.describe(part))
    elseif part and (part ~= part or part == math.huge or part == -math.huge) then
      fail(place, "the part of '%s' is not a finite number", name)
    end
    known[name], parts[i] = true, part or 0
  end
  for name in next, result do
    if not known[name] then
      local near = type(name) == "string" and native.nearest(name, inputs)
      error(errors.new("name", place,
        ("the decomposition has a part '%s', which is no metric of the formula"):format(
          tostring(name)), near and ("did you mean '%s'?"):format(near) or nil), 0)
    end
  end
  return parts
end

local function run_change(fn, place, change)
  local inputs = change.inputs
  local before = reading(values_by_name(inputs, change.before), inputs, "before")
  local after = reading(values_by_name(inputs, change.after), inputs, "after")
  local total = reading({ before = change.total_before, after = change.total_after },
    { "before", "after" }, "total")
  local ok, value = native.attempt(fn, before, after, total)
  if ok then ok, value = native.attempt(parts_of, value, inputs, place) end
  for _, view in ipairs { before, after, total } do readonly.forget(view) end
  if ok then return { parts = value } end
  return { error = errors.caught(value, place) }
end

--- One run of a function for each of the changes.
---@param request { handle: integer, changes: table[] }
function M.run(request)
  local fn = functions[request.handle]
  if not fn then error(("there is no decomposition %d"):format(request.handle), 0) end
  local results = {}
  for i, change in ipairs(request.changes) do
    results[i] = run_change(fn, places[request.handle], change)
  end
  return { results = results }
end

native.serve_decompose(M.run)

return M
