-- Attacks: a row, by assignment.
-- Expect: nothing
-- Expect of its call: a row cannot be changed
local e = source "events"
metric "attack" { value = e:sum(function(r)
  r.n = 1
  return r.n
end) }
