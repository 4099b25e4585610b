-- Attacks: chance and the clock.
-- Expect: nothing
assert(math.random == nil and math.randomseed == nil)
assert(not pcall(function() return os end))
