--- Row expressions: what a script gives as text, function or table, as nodes of the plan.

local digest = require "_digest"
local errors = require "_errors"
local native = require "_native"
local object = require "_object"

local M = {}

-- The host refuses deeper ones (src/catalog/catalog.c).
local MAX_DEPTH = 1000
-- A call may go on over this many lines.
local CALL_LINES = 60

-- ---- Places: the literal of an expression in its script ----

local scripts = {}

--- Keeps a script's text, for the columns of errors in it.
function M.remember(file, text)
  scripts[file] = { text = text }
end

local function lines_of(file)
  local script = scripts[file]
  if not script then return {} end
  if not script.lines then
    script.lines = {}
    for line in (script.text .. "\n"):gmatch "([^\n]*)\n" do
      script.lines[#script.lines + 1] = line
    end
  end
  return script.lines
end

--- The lines of a script.
---@param file string
---@return string[]
function M.lines(file)
  return lines_of(file)
end

local quotes = { ['"'] = '"', ["'"] = "'", ["[["] = "]]" }

-- How often the literal stands in the line, and where its text first begins.
local function occurrences(line, text)
  local count, first = 0, nil
  if not line:find(text, 1, true) then return count, first end
  for opening, closing in pairs(quotes) do
    local from = 1
    while true do
      local at, stop = line:find(opening .. text .. closing, from, true)
      if not at then break end
      count, first = count + 1, first or at + #opening
      from = stop
    end
  end
  return count, first
end

-- The place of the literal where it is the only one of its kind, else that of the call.
local function locate(text)
  local place = errors.here()
  if not place.file then return place end
  local lines = lines_of(place.file)
  for number = place.line, math.min(place.line + CALL_LINES, #lines) do
    local count, at = occurrences(lines[number], text)
    if count > 0 then
      place.line = number
      local characters = count == 1 and utf8.len(lines[number]:sub(1, at - 1))
      place.column = characters and characters + 1 or nil
      return place
    end
  end
  return place
end

-- ---- Texts ----

local function syntax_hint(text, message)
  if text:find("!=", 1, true) then return "Lua writes ~= for 'not equal'" end
  if text:find("&&", 1, true) then return "Lua writes 'and'" end
  if text:find("||", 1, true) then return "Lua writes 'or'" end
  if message:find("near '='", 1, true) then return "Lua compares with ==" end
  if message:find "<\\%d+>" then
    return 'a column with such letters can be read in a function: r["名前"]'
  end
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function node(kind, text, place)
  return { kind = kind, text = text, place = place, depth = 1 }
end

-- With `computed` a plain name is a script, too.
local function from_text(text, what, computed)
  local place = locate(text)
  if not utf8.len(text) then
    error(errors.new("syntax", place, what .. " is not UTF-8"), 0)
  end
  if not computed and native.is_column(text) then
    local e = node("column", text, place)
    e.name = text
    return e
  end
  if not text:find "%S" then error(errors.new("syntax", place, what .. " is empty"), 0) end
  local fn, message = native.compile(text)
  if not fn then
    message = ("%s: '%s' is no Lua expression: %s"):format(what, text, message)
    error(errors.new("syntax", place, message, syntax_hint(text, message)), 0)
  end
  local e = node("script", text, place)
  local reads, all = native.reads(text)
  e.digest = native.sha256(native.code(fn))
  e.names, e.reads, e.reads_all = reads, all and {} or sorted(reads), all
  e.handle = native.keep {
    fn = fn, is_text = true, reads = not all and reads or nil, text = text,
    file = place.file, line = place.line, column = place.column,
  }
  return e
end

-- ---- Functions ----

local function from_function(fn, what)
  local place = errors.here()
  if not native.code(fn) then
    errors.raise("type", what .. " is one of Lua's own functions, expected one written here",
      "wrap it: function(r) return … end")
  end
  place.file, place.line = native.definition(fn)
  local text = ("function (line %d)"):format(place.line)
  local e = node("script", text, place)
  e.digest, e.reads, e.reads_all = digest.of(fn), {}, true
  e.handle = native.keep { fn = fn, text = text, file = place.file, line = place.line }
  return e
end

-- ---- Tables of equalities ----

local function constant(value, what)
  local kind = math.type(value) or type(value)
  if kind == "float" and (value ~= value or math.abs(value) == math.huge) then
    errors.raise("range", what .. " is not a finite number")
  end
  if object.is_table(value) then
    errors.raise("unsupported", what .. " is a table; one value per column in this version",
      'for several values write "plan == \'a\' or plan == \'b\'"')
  end
  if kind ~= "integer" and kind ~= "float" and kind ~= "string" and kind ~= "boolean" then
    errors.raise("type", ("%s is %s, expected a text, a number or a boolean")
      :format(what, object.describe(value)))
  end
  local text = kind == "string" and ("%q"):format(value) or tostring(value)
  local e = node("const", text, errors.here())
  e.value = value
  return e
end

local function pair(kind, sign, a, b)
  local e = node(kind, ("%s %s %s"):format(a.text, sign, b.text), a.place)
  e.a, e.b, e.depth = a, b, 1 + math.max(a.depth, b.depth)
  if e.depth > MAX_DEPTH then
    errors.raise("limit", ("more than %d conditions in a row"):format(MAX_DEPTH))
  end
  return e
end

--- A column by its name, whatever the name is.
function M.column(name)
  local e = node("column", native.is_column(name) and name or ("[%q]"):format(name), errors.here())
  e.name = name
  return e
end

--- A column that equals a constant.
function M.equals(name, value, what)
  return pair("equals", "==", M.column(name), constant(value, what))
end

local function from_table(conditions, what)
  local all
  for key in pairs(conditions) do
    if type(key) ~= "string" then
      errors.raise("type", what .. " has an entry without a column's name",
        'a table holds equalities: { channel = "ads" }')
    end
  end
  for _, name in ipairs(sorted(conditions)) do
    local equals = M.equals(name, conditions[name], ("'%s' of %s"):format(name, what))
    all = all and M.both(all, equals) or equals
  end
  if not all then errors.raise("type", what .. " is an empty table, expected equalities") end
  return all
end

-- ---- All of them ----

--- Both must hold.
function M.both(a, b)
  return pair("and", "and", a, b)
end

--- A value of each row: an expression in a text, or a function of the row.
---@param value string|fun(r: Row): any
---@param what string how messages call it
function M.value(value, what)
  if type(value) == "string" then return from_text(value, what) end
  if type(value) == "function" then return from_function(value, what) end
  errors.raise("type", ("%s is %s, expected a Lua expression in a text, or a function of the row")
    :format(what, object.describe(value)))
end

--- What an alert rule asks of each segment of a series: a script, however short.
---@param value string|fun(s: Series): any
---@param what string how messages call it
function M.of_series(value, what)
  local e
  if type(value) == "string" then
    e = from_text(value, what, true)
  elseif type(value) == "function" then
    e = from_function(value, what)
  else
    errors.raise("type", ("%s is %s, expected a Lua expression in a text, or a function of the "
      .. "series"):format(what, object.describe(value)))
  end
  e.condition = true
  return e
end

--- A condition on each row: a value, or a table of equalities.
function M.condition(value, what)
  if object.is_table(value) then
    return from_table(value, what)
  end
  return M.value(value, what)
end

return M
