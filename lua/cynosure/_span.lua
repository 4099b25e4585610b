--- Spans of the calendar as people write them: "28d", "3m".

local check = require "_check"
local errors = require "_errors"

local M = {}

-- The host refuses longer ones (src/catalog/catalog_view.c, catalog_formula.c).
local MAX_COUNT = 100000

local function example(units)
  local suffixes = check.names(units)
  local list = table.concat(suffixes, ", ")
  return ("a whole number and one of %s, such as 1%s"):format(list, suffixes[1])
end

--- Its count and unit. `units` are the words of the units by what stands behind the number.
---@param text string
---@param what string
---@param units table<string, string>
---@return integer n
---@return string unit
function M.read(text, what, units)
  check.text(text, what)
  local digits, suffix = text:match "^(%d+)(%a+)$"
  if not digits or not units[suffix] then
    errors.raise("syntax", ("%s is '%s', expected %s"):format(what, text, example(units)))
  end
  local n = math.tointeger(tonumber(digits))
  if not n or n < 1 or n > MAX_COUNT then
    errors.raise("range", ("%s is '%s', expected 1 … %d"):format(what, text, MAX_COUNT))
  end
  return n, units[suffix]
end

return M
