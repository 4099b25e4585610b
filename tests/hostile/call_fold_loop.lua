-- Attacks: the time budget, in an aggregate: step swallows its error and goes on.
-- Expect: nothing
-- Expect of its call: ran longer than 0.3 s
local e = source "events"
metric "attack" { value = e:aggregate {
  init = function() return 0 end,
  step = function(n)
    while true do pcall(function() while true do n = n + 1 end end) end
  end,
} }
