--- What a script can name: Lua's own harmless functions, read-only, and the surface of init.lua.

local errors = require "_errors"
local native = require "_native"
local order = require "_order"
local readonly = require "_readonly"

local M = {}

--- Keys of a table: numbers, texts, booleans, each in their order.
M.sorted_keys = order.keys

local function sorted_pairs(t)
  if type(t) ~= "table" then
    error(("pairs expects a table, got %s"):format(type(t)), 2)
  end
  local keys, i = order.keys(readonly.original(t), 2), 0
  return function()
    local key, value
    repeat
      i = i + 1
      key = keys[i]
      if key == nil then return nil end
      value = t[key]
    until value ~= nil
    return readonly.seen(t, key), value
  end
end

-- A finalizer would run where no limit reaches it; what a weak table holds depends on when memory
-- is collected, which differs from run to run.
local function safe_setmetatable(t, meta)
  if type(meta) == "table" then
    for _, key in ipairs { "__gc", "__mode" } do
      if rawget(meta, key) ~= nil then
        error(("a metatable with %s is not allowed"):format(key), 2)
      end
    end
  end
  return setmetatable(t, meta)
end

-- ---- Libraries ----

local function without(library, ...)
  local out = {}
  for name, value in pairs(library) do out[name] = value end
  for _, name in ipairs { ... } do out[name] = nil end
  return out
end

local function read_only(name, library)
  return setmetatable({}, {
    __index = library,
    __newindex = function() errors.raise("type", name .. " cannot be changed") end,
    __pairs = function() return next, library end,
    __metatable = false,
  })
end

local safe_string = without(string, "dump")
local libraries = {
  string = read_only("string", safe_string),
  math = read_only("math", without(math, "random", "randomseed")),
  table = read_only("table", without(table)),
  utf8 = read_only("utf8", without(utf8)),
}
local string_meta = getmetatable ""
string_meta.__index = safe_string
string_meta.__metatable = false

local functions = {
  assert = assert, error = error, getmetatable = getmetatable, ipairs = ipairs,
  next = readonly.next, one_of = native.one_of, pairs = sorted_pairs, pcall = native.pcall,
  rawequal = rawequal, rawget = readonly.rawget, rawlen = readonly.rawlen, select = select,
  setmetatable = safe_setmetatable, tonumber = tonumber, tostring = tostring, type = type,
  xpcall = native.xpcall,
}

local calendar = read_only("calendar", native.helpers)

local names_of = {}
for library, t in pairs { string = safe_string, math = math, table = table, utf8 = utf8 } do
  for name, value in pairs(t) do names_of[value] = library .. "." .. name end
end
for name, value in pairs(functions) do names_of[value] = name end
for name, value in pairs(native.helpers) do names_of[value] = name end

for name, value in pairs(libraries) do names_of[value] = name end

--- The name of a function or library that the sandbox provides, nil for all else.
function M.name_of(value)
  return value ~= nil and names_of[value] or nil
end

--- Names functions that the library gives to scripts, so that messages and digests can.
function M.call(names)
  for name, value in pairs(names) do names_of[value] = name end
end

--- What a text expression can name beside columns.
function M.row_names()
  local names = { calendar = calendar }
  for name, library in pairs(libraries) do names[name] = library end
  for name, helper in pairs(native.helpers) do names[name] = helper end
  for _, name in ipairs { "ipairs", "one_of", "select", "tonumber", "tostring", "type" } do
    names[name] = functions[name]
  end
  names.table = nil
  return names
end

-- ---- The environment of a script ----

local absent = {
  collectgarbage = "memory is the host's matter",
  coroutine = "scripts have no coroutines",
  debug = "scripts cannot look into the interpreter",
  dofile = "scripts have no files; every file of metrics/ is loaded by itself",
  io = "scripts have no files, clock or network",
  load = "scripts cannot make code from text",
  loadfile = "scripts have no files",
  os = "scripts have no files, clock or network",
  package = "scripts have no files",
  print = "scripts cannot print; cynosure eval shows their metrics",
  rawset = "use an assignment",
}

local function unknown_name(known, name)
  if absent[name] then errors.raise("name", ("'%s' does not exist"):format(name), absent[name]) end
  errors.unknown(("unknown name '%s'"):format(tostring(name)), tostring(name), known)
end

--- A maker of environments, each for one script file: what a file assigns stays its own.
---@param surface table what scripts can name beside Lua's functions
function M.environments(surface)
  local shared, known = { calendar = calendar }, {}
  for _, names in ipairs { functions, libraries, native.helpers, surface } do
    for name, value in pairs(names) do
      shared[name] = value
      names_of[value] = name
    end
  end
  for name in pairs(shared) do known[#known + 1] = name end
  table.sort(known)
  M.known = known
  setmetatable(shared, { __index = function(_, name) unknown_name(known, name) end })
  return function()
    return setmetatable({}, { __index = shared, __metatable = false })
  end
end

return M
