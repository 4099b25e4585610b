--- Sources: the rows that the project declares.

local check = require "_check"
local errors = require "_errors"
local native = require "_native"
local object = require "_object"
local rows = require "_rows"

local M = {}

local Source = rows.class("source", {}, "add an aggregate, such as :count()")

local opened = {}

--- The source that the project declares under this name.
function M.source(name, ...)
  check.text(name, "the name of the source")
  check.no_more("source", ...)
  if opened[name] then return opened[name] end
  local known = native.sources()
  local found = false
  for _, other in ipairs(known) do found = found or other == name end
  if not found then errors.unknown(("there is no source '%s'"):format(name), name, known) end
  opened[name] = object.new(Source,
    { source = name, derives = {}, derived = {}, place = errors.here() })
  return opened[name]
end

return M
