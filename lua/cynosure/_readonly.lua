--- Read-only views of tables: what a module gives to who requires it, and the host to functions.
--
-- A view looks like its table, and so does every table found in it, but nothing can be assigned.
-- Whoever gives it keeps the tables. Functions, texts, numbers and the library's own objects are
-- given as they are: they cannot be changed.

local errors = require "_errors"
local object = require "_object"
local order = require "_order"

local M = {}

-- Both ways: the table of a view, the view of a table; and how messages call what the view is of.
local tables, views, names = {}, {}, {}

-- What a view takes over from its table's metatable; the rest is its own.
local operators = {
  "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__idiv", "__band", "__bor",
  "__bxor", "__shl", "__shr", "__bnot", "__concat", "__lt", "__le", "__call", "__tostring",
}

--- The table behind a view; any other value itself.
function M.original(value)
  return value ~= nil and tables[value] or value
end

local view

local function same(a, b)
  return M.original(a) == M.original(b)
end

local function new_metatable(t, name)
  local class = {
    __metatable = false,
    __eq = same,
    __len = function() return #t end,
    __index = function(_, key) return view(t[M.original(key)], name) end,
    __newindex = function()
      errors.raise("type", ("%s cannot be changed"):format(name))
    end,
    __pairs = function(self) return M.next, self, nil end,
  }
  local meta = getmetatable(t)
  if type(meta) == "table" then
    for _, operator in ipairs(operators) do class[operator] = rawget(meta, operator) end
  end
  return class
end

function view(value, name)
  if type(value) ~= "table" or tables[value] or object.content(value) then return value end
  local made = views[value]
  if not made then
    made = setmetatable({}, new_metatable(value, name))
    views[value], tables[made], names[made] = made, value, name
  end
  return made
end

--- The value as others see it.
---@param value any
---@param name string how messages call it
function M.view(value, name)
  return view(value, name)
end

--- Lets go of a view that has served its purpose. Whoever has kept it can still look things up.
function M.forget(made)
  local value = tables[made]
  if value then views[value], tables[made], names[made] = nil, nil, nil end
end

--- What was found in a table, as it is seen through a view of the table.
function M.seen(t, value)
  return names[t] and view(value, names[t]) or value
end

local function need_table(t, what)
  if type(t) ~= "table" then
    error(("%s expects a table, got %s"):format(what, type(t)), 3)
  end
end

--- next, rawget and rawlen, which look through views.
function M.next(t, key)
  need_table(t, "next")
  local following, value = order.next(M.original(t), M.original(key))
  return M.seen(t, following), M.seen(t, value)
end

function M.rawget(t, key)
  need_table(t, "rawget")
  return M.seen(t, rawget(M.original(t), M.original(key)))
end

function M.rawlen(t)
  if type(t) == "string" then return #t end
  need_table(t, "rawlen")
  return rawlen(M.original(t))
end

return M
