-- Attacks: the time budget of a decomposition.
-- Expect: nothing
-- Expect of its call: ran longer than 0.3 s
metric "attack" { value = metric.canary, decompose = function()
  while true do pcall(error) end
end }
