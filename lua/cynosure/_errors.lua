--- Errors of declarations: tables with a place, which a script sees as text.

local native = require "_native"

local M = {}

local Error = { __name = "error", __metatable = false }

-- What each error says, beside it: a script that catches one may write into it. Only the latest are
-- known: a worker lives long, and functions may raise in every row.
local made, latest, newest = {}, {}, 0
local KEPT = 256

-- Longer texts would cost their reader more than they tell.
local LONGEST = 4000

function Error.__tostring(e)
  e = made[e] or { message = "an error of long ago" }
  local place = e.file and ("%s:%d: "):format(e.file, e.line) or ""
  return place .. e.message .. (e.hint and " (" .. e.hint .. ")" or "")
end

--- Where the script is now: a table with file and line, or an empty one.
---@return { file?: string, line?: integer, column?: integer }
function M.here()
  local file, line = native.where()
  return { file = file, line = line }
end

--- As much of a text as a reader can use.
function M.cut(text)
  if #text <= LONGEST then return text end
  return text:sub(1, (utf8.offset(text, 0, LONGEST) or LONGEST) - 1) .. "…"
end

--- Makes an error without raising it.
---@param code string kind of error: "name", "type", "syntax", …
---@param place { file?: string, line?: integer, column?: integer }
---@param message string
---@param hint? string
function M.new(code, place, message, hint)
  local own = {
    code = native.codes[code],
    file = place.file,
    line = place.line or 0,
    column = place.column or 0,
    message = M.cut(message),
    hint = hint,
  }
  local e = {}
  for key, value in pairs(own) do e[key] = value end
  newest = newest % KEPT + 1
  if latest[newest] then made[latest[newest]] = nil end
  latest[newest], made[setmetatable(e, Error)] = e, own
  return e
end

--- Raises at the script's present line.
---@param code string
---@param message string
---@param hint? string
function M.raise(code, message, hint)
  error(M.new(code, M.here(), message, hint), 0)
end

--- Raises for a name that is not in the list, naming the nearest one that is.
---@param message string
---@param word string
---@param known string[]
function M.unknown(message, word, known)
  local near = native.nearest(word, known)
  M.raise("name", message, near and ("did you mean '%s'?"):format(near) or nil)
end

--- Whether a caught value came from here.
function M.is(e)
  return e ~= nil and made[e] ~= nil
end

--- What such a value said when it was made, as a table of the caller's own; nil of other values.
function M.own(e)
  if not M.is(e) then return nil end
  local own = {}
  for key, value in pairs(made[e]) do own[key] = value end
  return own
end

--- What a function raised, as a table for the host: where the error says no place, it is the given
--- one, where the function begins.
---@param e any
---@param place { file: string, line: integer }
function M.caught(e, place)
  local own = M.own(e)
  if own then
    if not own.file then own.file, own.line = place.file, place.line end
    return own
  end
  local out = { code = native.codes.script, file = place.file, line = place.line }
  if type(e) ~= "string" then
    out.message = ("the function raised %s as its error, expected a text"):format(
      e == nil and "nothing" or "a " .. type(e))
    return out
  end
  local text = M.cut(e)
  local file, line, rest = text:match "^([^:\n]+):(%d+): (.*)$"
  if file then out.file, out.line = file, math.tointeger(line) end
  out.message = rest or text
  return out
end

return M
