--- From row expressions to steps over columns: the part that knows scripts and their places. The
--- translator itself is src/script/translate.c.

local condition = require "_condition"
local expr = require "_expr"
local native = require "_native"
local object = require "_object"
local readonly = require "_readonly"
local sandbox = require "_sandbox"
local source_text = require "_text"

local M = {}

local calendar = sandbox.row_names().calendar

-- What the sandbox calls a function or library.
local function name_of(value)
  return value == calendar and "calendar" or sandbox.name_of(value)
end

-- ---- What may still change ----
--
-- Once scripts are loaded, only functions that are kept can run. Captured variables and tables that
-- none of them changes are constants.

local function changer(changes)
  local seen, visit = {}, nil

  local function visit_function(fn)
    if not native.code(fn) then return end
    local own = native.changes(fn)
    changes.tables = changes.tables or own.tables
    changes.globals = changes.globals or own.globals
    for _, set in ipairs { "variables", "assigned" } do
      for member in next, own[set] do changes[set][member] = true end
    end
    for i = 1, 255 do
      local name, value = native.upvalue(fn, i)
      if not name then break end
      if name == "_ENV" and type(value) == "table" then
        for global in next, own.names do visit(rawget(value, global)) end
        if own.names.table or own.names.setmetatable then changes.tables = true end
      else
        visit(value)
      end
    end
  end

  function visit(value)
    value = readonly.original(value)
    local kind = type(value)
    if kind ~= "function" and kind ~= "table" then return end
    if seen[value] or object.content(value) then return end
    seen[value] = true
    local name = name_of(value)
    if name then
      changes.tables = changes.tables or name:find "^table" ~= nil or name == "setmetatable"
    elseif kind == "function" then
      visit_function(value)
    else
      for _, item in next, value do visit(item) end
      visit(native.metatable(value))
    end
  end

  return visit
end

-- A record's fields that hold functions; those of an aggregate are several (aggregate.lua).
local functions = { "fn", "init", "merge", "final" }

-- What the kept functions may change.
local function all_changes()
  local changes = { tables = false, globals = false, variables = {}, assigned = {} }
  local visit = changer(changes)
  for _, record in ipairs(native.kept()) do
    for _, name in ipairs(record.is_text and {} or functions) do visit(record[name]) end
  end
  return changes
end

-- ---- Places of columns ----

-- The column of the byte, in characters.
local function column_of(line, byte)
  local n = utf8.len(line:sub(1, byte - 1))
  return n and n + 1 or nil
end

-- In a text whose place is known: the lexer tells where each name first stands. A literal of one
-- line is all that is ever found in a script.
local function text_place(e, where, name)
  local at, from = where[name], e.place.column
  local column = at and from and column_of(e.text, at)
  return e.place.line, column and from + column - 1 or from
end

-- In a function: the column of the name in its line, where it stands there once.
local function function_place(line, name)
  local last = name:match "^[^(]+":match "[^.]+$"
  if not line or not last then return nil end
  local from, found = 1, nil
  while true do
    local at, stop = line:find(last, from, true)
    if not at then break end
    local before, after = line:sub(at - 1, at - 1), line:sub(stop + 1, stop + 1)
    if not before:find "[%w_\x80-\xff]" and not after:find "[%w_\x80-\xff]" then
      if found then return nil end
      found = at
    end
    from = stop + 1
  end
  return found and column_of(line, found)
end

local function place_inputs(e, record, inputs)
  local where = record.is_text and native.reads(e.text)
  for _, input in ipairs(inputs) do
    if where then
      input.file = e.place.file
      input.line, input.column = text_place(e, where, input.name)
    else
      input.column = function_place(expr.lines(input.file)[input.line], input.name)
    end
    input.line, input.column = input.line or 0, input.column or 0
  end
end

-- ---- Translating ----

local function sorted(set)
  local list = {}
  for name in next, set do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- Of a text the names that stand in it, if there is no translation; of a function all columns.
local function untranslated(e, record, why)
  record.reads = not e.reads_all and e.names or nil
  return { why = why, reads = e.reads, reads_all = e.reads_all }
end

-- ---- Conditions ----

-- Where a condition names it: the place of that input, else the condition's own.
local function place_of_name(e, inputs, name)
  for _, input in ipairs(inputs) do
    if input.name == name then return input end
  end
  return e.place
end

local function set_of_names(inputs)
  local set = {}
  for _, input in ipairs(inputs) do set[input.name] = true end
  return set
end

-- Without a translation, whatever plainly stands there.
local function untranslated_condition(e, record, why)
  local is_text = record.is_text
  local text = is_text and e.text or source_text.of_function(source_text.lines(
    native.definition(record.fn)))
  local reads = condition.literal_readings(text, not is_text and native.parameter(record.fn) or nil)
  local names = is_text and not e.reads_all and condition.read_names(sorted(e.names), {}) or {}
  local seen = {}
  for _, name in ipairs(reads) do seen[name] = true end
  for _, name in ipairs(names) do
    if not seen[name] then reads[#reads + 1] = name end
  end
  record.reads = nil
  e.named = { names = reads, place = function() return e.place end }
  return { why = why, reads = reads, reads_all = e.reads_all }
end

local function translated_condition(e, record, code)
  local reads = condition.read_names(sorted(code.reads), set_of_names(code.inputs))
  record.reads = record.is_text and code.reads or nil
  e.named = { names = reads, place = function(name) return place_of_name(e, code.inputs, name) end }
  return { code = { inputs = code.inputs, steps = code.steps }, reads = reads, reads_all = false }
end

-- What can never work is told when all scripts have run, whatever segments there will be.
local function faulty_condition(e, record, fault)
  fault.place = e.place
  if not record.is_text and fault.line > 0 then
    fault.place = { file = fault.file, line = fault.line }
  end
  e.fault = fault
  return { why = fault.message, reads = {}, reads_all = e.reads_all }
end

local function of_condition(e, record, code, why, fault)
  if fault then return faulty_condition(e, record, fault) end
  if not code then return untranslated_condition(e, record, why) end
  place_inputs(e, record, code.inputs)
  return translated_condition(e, record, code)
end

local function of_aggregate(e)
  return { why = "it is a custom aggregate", reads = e.reads, reads_all = e.reads_all }
end

--- A translator of expressions that takes the scripts' values as they are now. It gives what the
--- host is told of a node of _expr.lua: `code`, or `why` there is none, and what is read. Of a
--- translated expression that is known exactly, also to the interpreter, should it have to run it.
---@return fun(e: table): { code?: table, why?: string, reads: string[], reads_all: boolean }
function M.session()
  local changes
  return function(e)
    if e.custom then return of_aggregate(e) end
    changes = changes or all_changes()
    local record = native.kept()[e.handle]
    local code, why, fault = native.translate(record.fn, {
      text = record.is_text, condition = e.condition, names = e.names,
      file = e.place.file, line = e.place.column and e.place.line,
      changes = changes, name_of = name_of, original = readonly.original,
    })
    if e.condition then return of_condition(e, record, code, why, fault) end
    if not code then return untranslated(e, record, why) end
    place_inputs(e, record, code.inputs)
    record.reads = record.is_text and code.reads or nil
    return {
      code = { inputs = code.inputs, steps = code.steps },
      reads = sorted(code.reads), reads_all = false,
    }
  end
end

return M
