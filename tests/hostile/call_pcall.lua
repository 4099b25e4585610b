-- Attacks: the time budget of a call, swallowed.
-- Expect: nothing
-- Expect of its call: ran longer than 0.3 s
local e = source "events"
metric "attack" { value = e:sum(function(r)
  while true do pcall(function() while true do end end) end
end) }
