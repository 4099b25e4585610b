--- Runs the scripts, one after the other; what the worker (src/script/worker.c) calls.

local adhoc = require "_adhoc"
local alert = require "alert"
local catalog = require "_catalog"
local declare = require "declare"
local errors = require "_errors"
local expr = require "_expr"
local modules = require "_modules"
local native = require "_native"
local sandbox = require "_sandbox"
local testing = require "testing"

local M = {}

local surface = require "init"
modules.set_surface(surface)
local new_environment = sandbox.environments(surface)
adhoc.new_environment = new_environment
native.row_names(sandbox.row_names())

-- What can be declared.
local kinds = { declare, alert, testing }

local failures = {}

local function add(e)
  failures[#failures + 1] = e
end

-- "metrics/x.lua:3: message" has its place in front.
local function from_text(code, name, text)
  text = errors.cut(text)
  local file, line, message = text:match "^([^:\n]+):(%d+): (.*)$"
  if file ~= name then return errors.new(code, { file = name }, text) end
  return errors.new(code, { file = file, line = math.tointeger(line) }, message)
end

M.add_module, M.set_pack = modules.add, modules.set_pack

--- Runs one script. Raises what it raises.
---@param name string
---@param text string
function M.run(name, text)
  modules.begin()
  expr.remember(name, text)
  local chunk, message = native.chunk(text, name, new_environment())
  if not chunk then
    add(from_text("syntax", name, message))
    return
  end
  chunk()
  for _, kind in ipairs(kinds) do
    for _, e in ipairs(kind.take_unfinished()) do add(e) end
  end
end

--- Notes what a script raised; the metrics that it declared before stay.
---@param name string
---@param e any
function M.failed(name, e)
  local own = errors.own(e)
  if own then
    own.file = own.file or name
    add(own)
  elseif type(e) == "string" then
    add(from_text("script", name, e))
  else
    add(errors.new("script", { file = name },
      ("the script raised %s as its error, expected a text"):format(
        e == nil and "nil" or "a " .. type(e))))
  end
  for _, kind in ipairs(kinds) do kind.take_unfinished() end -- the error above explains them
end

--- The catalog of all that was declared.
function M.finish()
  return catalog.build({ metrics = declare.all(), rules = alert.all(), tests = testing.all() },
    failures)
end

return M
