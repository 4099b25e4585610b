-- Attacks: the metatable that nil has while rows run.
-- Expect: nothing
-- Expect of its call: protected|boolean|expected
local e = source "events"
metric "attack" { value = e:sum(function(r)
  local m = getmetatable(nil)
  return setmetatable(nil, {}) or m.x
end) }
