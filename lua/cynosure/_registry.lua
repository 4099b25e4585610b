--- What scripts declare under names: metric "x" { … }, alert "x" { … }, test "x" { … }. A registry
--- keeps declarations of one kind in their order, refuses a name that is taken, and knows the names
--- whose table has not followed.

local check = require "_check"
local errors = require "_errors"
local object = require "_object"

local M = {}

--- kind: what messages call one ("alert 'x' …"). a_kind: the same with its article. class: what
--- they call what waits for its table. events: further metamethods of it. declare(name, place,
--- fields, extra): checks the fields; gives the entry, with its place, and what the declaration
--- gives. missing(name): message and hint for a name whose table never came.
---@class cynosure.registry.options
---@field kind string
---@field a_kind string
---@field class string
---@field events? table<string, function>
---@field declare function
---@field missing function

---@param options cynosure.registry.options
function M.new(options)
  local declared, by_name, unfinished = {}, {}, {}
  local registry = {}

  local function check_new(name)
    local first = by_name[name]
    if first then
      errors.raise("conflict", ("%s '%s' is already declared at %s:%d")
        :format(options.kind, name, first.place.file or "?", first.place.line))
    end
  end

  local events, Waiting = options.events or {}, nil

  function events.__call(self, fields, ...)
    local it = object.get(Waiting, self)
    if select("#", ...) > 0 then errors.raise("type", options.a_kind .. " takes one table") end
    unfinished[it.name] = nil
    check_new(it.name)
    local entry, result = options.declare(it.name, it.place, fields, it.extra)
    declared[#declared + 1] = entry
    by_name[it.name] = entry
    return result
  end

  Waiting = object.class(options.class, {}, events)

  --- A name that was just given: what waits for its table. `extra` goes to `declare`.
  function registry.begin(name, extra)
    check_new(name)
    local place = errors.here()
    unfinished[name] = place
    return object.new(Waiting, { name = name, place = place, extra = extra })
  end

  --- All declarations in their order.
  function registry.all()
    return declared
  end

  --- Errors for names that never got their table; forgets them.
  function registry.take_unfinished()
    local list = {}
    for _, name in ipairs(check.names(unfinished)) do
      list[#list + 1] = errors.new("syntax", unfinished[name], options.missing(name))
    end
    unfinished = {}
    return list
  end

  return registry
end

return M
