-- Attacks: the collector of answers, with a table.
-- Expect: nothing
-- Expect of its call: the result is a table
local e = source "events"
metric "attack" { value = e:sum(function(r)
  return {}
end) }
