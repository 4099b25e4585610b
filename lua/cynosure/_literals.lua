--- Where the parts of a declaration stand in its script: a table has no line of its own, but its
--- brace has one, and a text literal its quotes.

local expr = require "_expr"
local source_text = require "_text"

local M = {}

-- ---- Tokens ----

local tokens_by_file = {}

local function tokens_of(file)
  if not tokens_by_file[file] then
    tokens_by_file[file] = source_text.tokens(table.concat(expr.lines(file), "\n"))
  end
  return tokens_by_file[file]
end

local opening = { ["{"] = 1, ["("] = 1, ["["] = 1 }
local closing = { ["}"] = 1, [")"] = 1, ["]"] = 1 }

local function is_sign(token, text)
  return token and token.kind == "sign" and token.text == text
end

-- The number of the first token that stands in this line or after it.
local function first_in_line(tokens, line)
  local low, high = 1, #tokens + 1
  while low < high do
    local middle = (low + high) // 2
    if tokens[middle].line < line then low = middle + 1 else high = middle end
  end
  return low
end

-- Calls `visit(i, depth)` for the tokens of the first table from this line on, whose own fields are
-- at depth 1.
local function each_token(tokens, line, visit)
  local depth = 0
  for i = first_in_line(tokens, line), #tokens do
    local sign = tokens[i].kind == "sign" and tokens[i].text
    if closing[sign] and depth > 0 then
      depth = depth - 1
      if depth == 0 then return end
    end
    if depth > 0 then visit(i, depth) end
    if opening[sign] and (depth > 0 or sign == "{") then depth = depth + 1 end
  end
end

-- ---- Places ----

-- The column, in characters, of a byte of a line.
local function column_of(file, line, byte)
  local characters = utf8.len(expr.lines(file)[line]:sub(1, byte - 1))
  return characters and characters + 1 or 0
end

-- How many bytes of its file stand before a line.
local starts_by_file = {}
local function start_of(file, line)
  local starts = starts_by_file[file]
  if not starts then
    starts = { 0 }
    for i, text in ipairs(expr.lines(file)) do starts[i + 1] = starts[i] + #text + 1 end
    starts_by_file[file] = starts
  end
  return starts[line]
end

local function place_of(file, token)
  local byte = token.first - start_of(file, token.line)
  return { file = file, line = token.line, column = column_of(file, token.line, byte) }
end

--- The places of the items of a field that is written as a list of tables.
---@param place { file?: string, line?: integer } of the declaration
---@param field string
function M.items(place, field)
  if not place.file then return {} end
  local tokens, places, inside = tokens_of(place.file), {}, false
  each_token(tokens, place.line, function(i, depth)
    local token = tokens[i]
    if depth == 1 and token.kind == "name" then
      inside = token.text == field and is_sign(tokens[i + 1], "=")
    elseif inside and depth == 2 and is_sign(token, "{") then
      places[#places + 1] = place_of(place.file, token)
    end
  end)
  return places
end

-- What a literal says, if it says it plainly, and how many bytes and lines stand before that.
local function literal(token)
  if token.kind == "text" then return token.text:sub(2, -2), 1, 0 end
  if token.kind ~= "long text" then return nil end
  local open, rest = token.text:match "^(%[=*%[)(.*)%]=*%]$"
  if not open then return nil end
  if rest:sub(1, 1) == "\n" then return rest:sub(2), 0, 1 end
  return rest, #open, 0
end

--- Where the text of a literal of the declaration begins; the declaration's own place, which has no
--- column, where there is no such literal, or more than one.
---@param place { file?: string, line?: integer } of the declaration
---@param text string
function M.place(place, text)
  if not place.file then return place end
  local found, count = place, 0
  local tokens = tokens_of(place.file)
  each_token(tokens, place.line, function(i)
    local said, bytes, lines = literal(tokens[i])
    if said ~= text then return end
    count, found = count + 1, place_of(place.file, tokens[i])
    found.line, found.column = found.line + lines, lines > 0 and 1 or found.column + bytes
  end)
  return count == 1 and found or place
end

return M
