-- Attacks: the tables that a decomposition is given, by keeping them and what they are made of.
-- Expect: nothing
-- Expect of its call: before cannot be changed
local kept
metric "attack" { value = metric.canary, decompose = function(before)
  if kept then
    assert(getmetatable(kept) == false and kept.canary == 1)
    assert(not pcall(setmetatable, kept, {}))
    kept.canary = 7
  end
  kept = before
  return { canary = before.canary }
end }
