--- What a script of `cynosure run`, or a line of `cynosure repl`, can do beyond declaring: show
--- values, rows and tables, and have values to go on computing with. Each asks the host, which
--- evaluates, and waits for its answer (src/script/adhoc.c).

local catalog = require "_catalog"
local check = require "_check"
local declare = require "declare"
local errors = require "_errors"
local modules = require "_modules"
local native = require "_native"
local node = require "node"
local object = require "_object"
local rows = require "_rows"
local sandbox = require "_sandbox"

local M = {}

-- Sends a question to the host; raises where the host could not answer.
local ask

-- ---- What is asked for ----

local function names_of_dimensions(value, what)
  if type(value) == "string" then return { check.text(value, what) } end
  return check.list(check.text)(value, what)
end

local function count(value, what)
  if math.type(value) ~= "integer" or value < 1 or value > 100000 then
    errors.raise("range", ("%s is %s, expected a whole number from 1 to 100000")
      :format(what, tostring(value)))
  end
  return value
end

local point_options = {
  grain = check.grain, by = names_of_dimensions, at = check.text, from = check.text,
  to = check.text, last = count, as_of = check.text,
}

local row_options = { limit = count }

-- What is asked for: names of metrics, titles of those that have one, and declarations of those
-- that are not declared.
local function wanted()
  return { names = {}, titles = {}, extra = {} }
end

-- A formula as a declaration, so that it goes to the host as a metric does. One that is nothing but
-- a declared metric's value is that metric, with its sheet.
local function add(asked, formula, title)
  local content, names = node.get(formula), asked.names
  if content.kind == "metric" and not title then
    names[#names + 1] = content.metric
    return
  end
  local name = ("_adhoc_%d"):format(#asked.extra + 1)
  asked.extra[#asked.extra + 1] =
    { name = name, place = errors.here(), fields = {}, formula = formula }
  asked.titles[name] = title
  names[#names + 1] = name
end

local function catalog_with(extra)
  local all = table.move(declare.all(), 1, #declare.all(), 1, {})
  table.move(extra, 1, #extra, #all + 1, all)
  return native.encode(catalog.build({ metrics = all }, {}))
end

-- The metrics to evaluate: of a formula, a list of formulas, or formulas by name.
local function wanted_metrics(value, title)
  local asked = wanted()
  if node.get(value) then
    add(asked, value, node.get(value).kind ~= "metric" and title or nil)
    return asked
  end
  for i, formula in ipairs(value) do
    add(asked, node.of(formula, ("item %d"):format(i)))
  end
  for _, name in ipairs(check.names(value)) do
    add(asked, node.of(value[name], ("'%s'"):format(name)), name)
  end
  return asked
end

local function ask_points(value, options, what, title)
  local asked = wanted_metrics(value, title)
  local given = check.fields("the options of " .. what, options or {}, point_options)
  return ask { what = what, catalog = catalog_with(asked.extra), metrics = asked.names,
    titles = asked.titles, options = given }
end

local function ask_rows(view, options, what)
  local given = check.fields("the options of " .. what, options or {}, row_options)
  local asked = wanted_metrics(rows.methods.count(view))
  return ask { what = what == "show" and "show_rows" or "rows",
    catalog = catalog_with(asked.extra), metric = asked.names[1], limit = given.limit or 20 }
end

-- Whether a table is asked about: formulas, or a list or map of them.
local function has_formulas(value)
  if not object.is_table(value) then return false end
  local _, first = next(value)
  return node.get(first) ~= nil
end

-- ---- Tables of a script's own ----

local function is_cell(value)
  local kind = type(value)
  return kind == "number" or kind == "string" or kind == "boolean"
end

-- The columns of records, in the order of the first record that has them; those that one record
-- brings at once by name.
local function columns_of(records)
  local columns, known = {}, {}
  for i, record in ipairs(records) do
    if not object.is_table(record) then
      errors.raise("type", ("item %d of the table is %s, expected a record such as { name = 1 }")
        :format(i, object.describe(record)))
    end
    for _, key in ipairs(sandbox.sorted_keys(record)) do
      if not known[key] then
        known[key], columns[#columns + 1] = true, key
      end
    end
  end
  return columns
end

local function show_records(records, options)
  local given = check.fields("the options of show", options or {},
    { columns = check.list(check.text) })
  local columns, cells = given.columns or columns_of(records), {}
  local headings = {}
  for i, column in ipairs(columns) do headings[i] = tostring(column) end
  for i, record in ipairs(records) do
    local row = {}
    for k, column in ipairs(columns) do
      local value = record[column]
      if value ~= nil and not is_cell(value) then
        errors.raise("type", ("'%s' of item %d is %s, expected a number, a text or a boolean")
          :format(headings[k], i, object.describe(value)))
      end
      row[headings[k]] = value
    end
    cells[i] = row
  end
  ask { what = "table", columns = headings, rows = cells }
end

-- ---- What scripts can name ----

local function show_any(value, options, title)
  if node.get(value) or has_formulas(value) then
    ask_points(value, options, "show", title)
  elseif rows.get(value) then
    ask_rows(value, options, "show")
  elseif object.is_table(value) and #value > 0 then
    show_records(value, options)
  else
    M.print(value)
  end
end

--- Prints values, rows or a table.
local function show(value, options, ...)
  check.no_more("show", ...)
  show_any(value, options)
end

--- The values of a formula (or several) as a list of tables; the rows of a source as records.
local function values(value, options, ...)
  check.no_more("values", ...)
  if rows.get(value) then return ask_rows(value, options, "values") end
  if not node.get(value) and not has_formulas(value) then
    errors.raise("type", ("values is given %s, expected a formula, several, or rows")
      :format(object.describe(value)))
  end
  return ask_points(value, options, "values")
end

function M.print(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    local content = object.content(value)
    parts[i] = content and object.describe(value) or tostring(value)
  end
  ask { what = "text", text = table.concat(parts, "\t") }
end

local surface = { show = show, values = values, print = M.print }
sandbox.call(surface)

-- ---- Running ----

local environment

local function start(request)
  environment = M.new_environment()
  for name, value in pairs(surface) do environment[name] = value end
  environment.arg = request.args or {}
  if not request.line then return end
  local methods = {}
  for _, list in ipairs { rows.methods, node.methods } do
    for name in pairs(list) do methods[name] = true end
  end
  local names = table.move(sandbox.known, 1, #sandbox.known, 1, check.names(surface))
  ask { what = "names", names = names, methods = check.names(methods) }
end

local function is_unfinished(message)
  return message:find "near <eof>$" ~= nil
end

-- A line is an expression whose values are shown, or statements. Where it is neither, the message,
-- and whether more could make it one of them.
local function compile(text, name, line)
  local chunk, unfinished, message
  if line then
    chunk, message = native.chunk("return " .. text, name, environment)
    if chunk then return chunk end
    unfinished = is_unfinished(message)
  end
  chunk, message = native.chunk(text, name, environment)
  return chunk, message, line and (unfinished or message and is_unfinished(message))
end

--- What went wrong, in parts: message, hint, file, line.
---@param e any what was raised
function M.explain(e)
  if errors.is(e) then return e.message, e.hint, e.file, e.line end
  if type(e) ~= "string" then
    return ("the script raised %s as its error"):format(object.describe(e))
  end
  local text, hint = e:match "^(.-)\nhint: (.*)$"
  text = text or e
  local file, line, message = text:match "^([^:\n]+):(%d+): (.*)$"
  return message or text, hint, file, math.tointeger(line)
end

--- Runs a script, or a line. Gives "more" for a line that is the beginning of something.
---@param connection function asks the host
---@param request { name: string, text: string, line?: boolean, args?: string[] }
function M.run(connection, request)
  ask = connection
  modules.begin()
  if not environment or not request.line then start(request) end
  local chunk, message, unfinished = compile(request.text, request.name, request.line)
  if not chunk then
    if unfinished then return "more" end
    local line, rest = message:match ":(%d+): (.*)$"
    error(errors.new("syntax", { file = request.name, line = math.tointeger(line) },
      rest or message), 0)
  end
  local results = table.pack(chunk())
  if not request.line then return end
  local title = results.n == 1 and request.text:match "^%s*(.-)%s*$" or nil
  for i = 1, results.n do
    if results[i] ~= nil or results.n > 1 then show_any(results[i], nil, title) end
  end
end

return M
