--- The order of a table's keys: what a script does must not depend on hashes or addresses.
---
--- Numbers come first, then texts, then false and true, each in their order; then a single key of
--- another kind. Several of those have no order that would be the same in every run.

local M = {}

local rank = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local ra, rb = rank[type(a)] or 4, rank[type(b)] or 4
  if ra ~= rb then return ra < rb end
  if ra <= 2 then return a < b end
  return ra == 3 and not a and b
end

--- The keys of a table in their order. Raises where they have none.
---@param t table
---@param level? integer whom to blame, as for `error`
function M.keys(t, level)
  local keys, odd = {}, 0
  for key in next, t do
    keys[#keys + 1] = key
    if not rank[type(key)] then odd = odd + 1 end
  end
  if odd > 1 then
    error(("keys of type %s have no order that is the same in every run; use texts or numbers")
      :format(type(keys[#keys])), (level or 1) + 1)
  end
  table.sort(keys, before)
  return keys
end

-- The traversal that `next` is in: most are the only one, and go from the first key to the last.
local present = {}

local function begin(t, level)
  present = { table = t, keys = M.keys(t, level + 1), at = 0 }
end

-- Somebody else's traversal came between, or the loop began elsewhere.
local function resume(t, key, level)
  begin(t, level + 1)
  for i, other in ipairs(present.keys) do
    if rawequal(other, key) then
      present.at = i
      return
    end
    if before(key, other) then return end -- it has been removed in the meantime
    present.at = i
  end
end

--- As Lua's own, in order. Fields may be removed or changed on the way.
function M.next(t, key)
  if key == nil then
    if next(t) == nil then return nil end
    begin(t, 2)
  elseif present.table ~= t or not rawequal(present.keys[present.at], key) then
    resume(t, key, 2)
  end
  while true do
    present.at = present.at + 1
    local following = present.keys[present.at]
    if following == nil then
      present = {}
      return nil
    end
    local value = rawget(t, following)
    if value ~= nil then return following, value end
  end
end

return M
