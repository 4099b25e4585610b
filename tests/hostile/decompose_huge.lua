-- Attacks: the collector of parts, with more of them than there is room for.
-- Expect: nothing
-- Expect of its call: memory|ran longer than 0.3 s
metric "attack" { value = metric.canary, decompose = function()
  local parts = {}
  for i = 1, math.maxinteger do parts["canary" .. i] = i end
  return parts
end }
