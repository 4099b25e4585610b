--- Identities: what a metric must equal. A formula, or one written in a text, in which names are
--- metrics.

local check = require "_check"
local errors = require "_errors"
local formula = require "formula"
local native = require "_native"
local node = require "node"
local object = require "_object"
local source_text = require "_text"

local M = {}

local NAMES = "names are metrics; there are + - * / ^ % and the functions "
  .. table.concat(formula.names, ", ")

local function wrong(what, message, hint)
  errors.raise("type", ("%s: %s"):format(what, message), hint or NAMES)
end

-- ---- As a text ----

-- Lua would make something of `a and b` and of `floor(a)`, but nothing that a reader expects. So
-- names are looked at first: words of Lua, and what is called.
local function check_names(text, what)
  local tokens = source_text.tokens(text)
  for i, token in ipairs(tokens) do
    local name = token.kind == "name" and token.text
    local is_function = formula.functions[name] ~= nil
    local after = tokens[i + 1] and tokens[i + 1].text
    local is_called = after == "(" or after == "{"
    local is_method = i > 1 and tokens[i - 1].text == ":"
    if token.kind == "text" or token.kind == "long text" then
      wrong(what, ("%s is a text"):format(token.text))
    elseif name and (name == "_ENV" or not native.is_identifier(name)) then
      wrong(what, ("'%s' cannot stand there"):format(name))
    elseif is_function and not is_called then
      wrong(what, ("'%s' is a function there"):format(name),
        ("a metric of that name is metric.%s, in an identity that is no text"):format(name))
    elseif name and is_called and not is_function and not is_method then
      wrong(what, ("there is no function '%s'"):format(name))
    end
  end
end

-- What the text means: a function that may be called as such is looked up before a metric is.
local environment = setmetatable({}, {
  __index = function(_, name) return formula.functions[name] or node.metric(name) end,
  __newindex = function() errors.raise("type", "nothing can be assigned there") end,
  __metatable = false,
})

local function from_text(text, what)
  local fn, message = native.compile(text, environment)
  if not fn then errors.raise("syntax", ("%s is no formula: %s"):format(what, message)) end
  check_names(text, what)
  local ok, value = native.pcall(fn)
  if not ok then
    local e = errors.own(value)
    wrong(what, e and e.message or errors.cut(tostring(value)):gsub("^%(expr%):%d+: ", ""))
  end
  return value
end

-- ---- As a formula ----

local ARITHMETIC = { metric = true, const = true, op = true, call = true }
local PARTS = { metric = true, const = true, op = true, call = true, window = true }
local OTHERS = { agg = "an aggregate over rows", fold = "a value over several periods" }

-- Whether the formula names a metric, and the kind of a part that is none of `kinds`.
local function look_through(value, kinds)
  local names, stranger, seen = false, nil, {}
  local function visit(part)
    local content = node.get(part)
    if not content or seen[part] then return end
    seen[part] = true
    names = names or content.kind == "metric"
    if not kinds[content.kind] then stranger = content.kind end
    visit(content.a)
    visit(content.b)
  end
  visit(value)
  return names, stranger
end

--- The field of a declaration: its formula, and its text where it was given as one.
---@param value string|Formula
---@param what string how messages call it
---@return { formula: Formula, text?: string }
function M.field(value, what)
  local text = type(value) == "string" and check.text(value, what) or nil
  local result = value
  if text then result = from_text(text, what) end
  if not node.get(result) then
    wrong(what, ("it is %s, expected a formula of metrics"):format(object.describe(result)))
  end
  local names, stranger = look_through(result, PARTS)
  if stranger then
    errors.raise("type", ("%s holds %s, expected metrics and numbers"):format(what,
      OTHERS[stranger]), "declare that as a metric, and name it: metric.x")
  end
  if not names then wrong(what, "it names no metric") end
  return { formula = result, text = text }
end

--- Whether a formula consists of metrics, numbers, operators and functions, so that it says by
--- itself what its metric is made of (src/metric/parts.c).
---@param value Formula
function M.is_arithmetic(value)
  local names, stranger = look_through(value, ARITHMETIC)
  return names and not stranger
end

return M
