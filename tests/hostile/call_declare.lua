-- Attacks: the catalog, by a declaration in a call.
-- Expect: nothing
-- Expect of its call: metric|declar|load
local e = source "events"
metric "attack" { value = e:sum(function(r)
  metric "late" { value = 1 }
  return 1
end) }
