--- require for scripts: modules of the project and of its packs, by name and never by path.
--
-- A module runs once, with the environment of a script in which nothing can be declared, and gives
-- a value that whoever requires it can only read.

local check = require "_check"
local declare = require "declare"
local errors = require "_errors"
local expr = require "_expr"
local native = require "_native"
local object = require "_object"
local readonly = require "_readonly"
local sandbox = require "_sandbox"

local M = {}

-- What there is: name → list of { file, text }, of which an honest project has one each.
local modules = {}
-- What came of those that have run: name → { value = … } or { failure = error }.
local finished = {}
-- Those that are running, each with the place that required it; the outermost comes first.
local running = {}
-- Whose state this is: the pack's name, or nil.
local pack

-- ---- Finding ----

local PATH_HINT = 'modules are named: require "finance.tax" finds lib/finance/tax.lua, '
  .. 'require "growth" packs/growth/init.lua'

local function find(name)
  check.text(name, "the name of the module")
  if name:find "[/\\]" or name:find("..", 1, true) or name:find "%.lua$" or name == "" then
    errors.raise("name", ("'%s' is no module's name"):format(name), PATH_HINT)
  end
  local found = modules[name]
  if not found and pack then
    local others = "a pack finds its own modules and those of other packs, by their full names"
    local near = native.nearest(name, check.names(modules))
    errors.raise("name", ("there is no module '%s'"):format(name),
      near and ("did you mean '%s'?"):format(near) or others)
  end
  if not found then
    errors.unknown(("there is no module '%s'"):format(name), name, check.names(modules))
  end
  if found[2] then
    errors.raise("conflict",
      ("module '%s' is both %s and %s"):format(name, found[1].file, found[2].file), "rename one")
  end
  return found[1]
end

-- ---- Running ----

local function place_text(place)
  if not place.line then return place.file or "?" end
  return ("%s:%d"):format(place.file, place.line)
end

-- Where require was called. A module that ends with `return require …` has left the stack by then,
-- so that the place seems to be the one which required the module itself.
local function place_of_call()
  local place, innermost = errors.here(), running[#running]
  if innermost and place.file == innermost.file and place.line == innermost.line then
    return { file = innermost.module.file }
  end
  return place
end

local function check_cycle(name, place)
  local links
  for _, other in ipairs(running) do
    if links then links[#links + 1] = ("%s requires '%s'"):format(place_text(other), other.name) end
    if other.name == name then links = links or {} end
  end
  if not links then return end
  links[#links + 1] = ("%s requires '%s'"):format(place_text(place), name)
  error(errors.new("conflict", place, "modules need each other: " .. table.concat(links, ", ")), 0)
end

-- What a module raised, as an error with a place.
local function as_error(raised, file)
  if errors.is(raised) then return raised end
  if type(raised) ~= "string" then
    return errors.new("script", { file = file },
      ("the module raised a %s as its error, expected a text"):format(type(raised)))
  end
  local where, line, message = raised:match "^([^:\n]+):(%d+): (.*)$"
  if not where then return errors.new("script", { file = file }, raised) end
  return errors.new("script", { file = where, line = math.tointeger(line) }, message)
end

-- The same error as seen by one more file of the chain.
local function raise_from(e, place)
  local further = errors.new("script", e, ("%s; required at %s"):format(e.message,
    place_text(place)), e.hint)
  further.code = e.code
  error(further, 0)
end

local new_environment

local function run(name, module)
  expr.remember(module.file, module.text)
  local chunk, message = native.chunk(module.text, module.file, new_environment())
  if not chunk then
    local e = as_error(message, module.file)
    e.code = native.codes.syntax
    error(e, 0)
  end
  local value = chunk()
  if value == nil then
    error(errors.new("type", { file = module.file }, "the module returns nothing",
      "end it with return and a table of what it gives"), 0)
  end
  return readonly.view(value, ("what module '%s' gives"):format(name))
end

--- The value of the module, which runs now if it has not.
function M.require(name, ...)
  check.no_more("require", ...)
  -- While rows and formulas are computed, nil has a metatable (src/script/missing.c). What they
  -- required then would be no part of their definition.
  if getmetatable(nil) ~= nil then
    errors.raise("unsupported", "require does not work where rows or formulas are computed",
      "keep the module in a local: local m = require …")
  end
  local module, place = find(name), place_of_call()
  check_cycle(name, place)
  local result = finished[name]
  if not result then
    running[#running + 1] = { name = name, module = module, file = place.file, line = place.line }
    local ok, value = native.pcall(run, name, module)
    running[#running] = nil
    result = ok and { value = value } or { failure = as_error(value, module.file) }
    finished[name] = result
  end
  if result.failure then raise_from(result.failure, place) end
  return result.value
end

-- ---- What a module can name ----

local function refuse()
  errors.raise("unsupported", "a module declares nothing",
    "declare in a file of metrics/; a module gives functions and values")
end

-- In a module, too, metric.name is a metric's value.
local metric_values = object.new({
  __name = "metric",
  __metatable = false,
  __call = refuse,
  __newindex = refuse,
  __index = function(_, name) return declare.metric[name] end,
}, {})

--- Sets what modules can name: the surface of scripts, without declarations.
---@param surface table
function M.set_surface(surface)
  local own = {}
  for name, value in pairs(surface) do own[name] = value end
  own.metric, own.require = metric_values, M.require
  for _, name in ipairs { "nsm", "kgi", "kpi", "guardrail", "alert", "test" } do
    own[name] = refuse
  end
  new_environment = sandbox.environments(own)
end

-- ---- For the loader ----

--- Adds a module: what require calls it, its file, its text.
---@param name string
---@param file string
---@param text string
function M.add(name, file, text)
  modules[name] = modules[name] or {}
  table.insert(modules[name], { file = file, text = text })
end

--- Says that this is the state of a pack.
---@param name? string
function M.set_pack(name)
  pack = name
end

--- Before each script: a limit may have ended the last one in the midst of a module.
function M.begin()
  running = {}
end

return M
