-- Attacks: the memory budget, a little in each row and for ever.
-- Expect: nothing
-- Expect of its call: nothing
local e, kept = source "events", {}
metric "attack" { value = e:sum(function(r) kept[#kept + 1] = ("x"):rep(1000) .. #kept return #kept end) }
