-- Attacks: the metatable of rows.
-- Expect: nothing
-- Expect of its call: pairs expects a table, got boolean
local e = source "events"
metric "attack" { value = e:sum(function(r)
  for k in pairs(getmetatable(r)) do end
  return getmetatable(r).__index
end) }
