--- Texts of functions, and what they plainly name: read from the script by Lua's lexical rules.

local expr = require "_expr"

local M = {}

--- The lines first … last of a script, joined.
---@param file string
---@param first integer
---@param last integer
function M.lines(file, first, last)
  local all = expr.lines(file)
  return table.concat(all, "\n", first, math.min(last, #all))
end

-- ---- Tokens ----

-- The end of a long bracket that opens at `from`, or nil when none does.
local function long_bracket(text, from)
  local level = text:match("^%[(=*)%[", from)
  if not level then return nil end
  local _, stop = text:find("]" .. level .. "]", from, true)
  return stop or #text
end

-- The end of a text in quotes that begins at `from`.
local function quoted(text, from)
  local quote, at = text:sub(from, from), from + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == quote then return at end
    at = at + (c == "\\" and 2 or 1)
  end
  return #text
end

-- The token at `from`: its kind and its last byte.
local function token_at(text, from)
  if text:find("^%-%-", from) then
    return "comment", long_bracket(text, from + 2) or (text:find("\n", from, true) or #text + 1) - 1
  end
  local c = text:sub(from, from)
  if c:find "%s" then return "space", from end
  if c == '"' or c == "'" then return "text", quoted(text, from) end
  local stop = long_bracket(text, from)
  if stop then return "long text", stop end
  stop = select(2, text:find("^[%a_][%w_]*", from))
  if stop then return "name", stop end
  return "sign", from
end

-- All tokens but blanks and comments, each with its first and last byte and its line.
local function tokens_of(text, line)
  local tokens, at = {}, 1
  while at <= #text do
    local kind, stop = token_at(text, at)
    local token = text:sub(at, stop)
    if kind ~= "space" and kind ~= "comment" then
      tokens[#tokens + 1] = { kind = kind, text = token, line = line, first = at, last = stop }
    end
    line = line + select(2, token:gsub("\n", ""))
    at = stop + 1
  end
  return tokens
end

--- The tokens of an expression: a list of { kind, text, line }, where kind is "name", "text",
--- "long text" or "sign"; every digit and sign is by itself.
---@param text string
function M.tokens(text)
  return tokens_of(text, 1)
end

-- ---- Functions ----

local opening = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local closing = { ["end"] = true, ["until"] = true }

--- The text of the first function in these lines, without what stands around it.
---@param text string
function M.of_function(text)
  local depth, first = 0, nil
  for _, token in ipairs(tokens_of(text, 1)) do
    if token.kind == "name" then
      if token.text == "function" and not first then first = token.first end
      if first and opening[token.text] then depth = depth + 1 end
      if first and closing[token.text] then depth = depth - 1 end
      if first and depth == 0 then return text:sub(first, token.last) end
    end
  end
  return text
end

local named = { get = true, series = true }

-- The text literal that is the whole first argument of a call at tokens[i], or nil.
local function literal_argument(tokens, i)
  local paren = tokens[i] and tokens[i].text == "("
  local literal, after = tokens[paren and i + 1 or i], tokens[i + 2]
  if not literal or literal.kind ~= "text" or literal.text:find("\\", 1, true) then return nil end
  if paren and not (after and (after.text == ")" or after.text == ",")) then return nil end
  return literal.text:sub(2, -2)
end

--- The metrics that a function names literally, in at:get "name" and at:series("name", …), where
--- `parameter` is what it calls its point. Each once, with its line.
---@param text string the function's lines
---@param line integer the number of the first one
---@param parameter string?
---@return { metric: string, line: integer }[]
function M.reads(text, line, parameter)
  local tokens, reads, seen = tokens_of(text, line), {}, {}
  for i = 1, #tokens - 3 do
    local object, colon, method = tokens[i], tokens[i + 1], tokens[i + 2]
    local on_point = object.kind == "name" and object.text == parameter and colon.text == ":"
    local name = on_point and named[method.text] and literal_argument(tokens, i + 3)
    if name and not seen[name] then
      seen[name] = true
      reads[#reads + 1] = { metric = name, line = method.line }
    end
  end
  return reads
end

return M
