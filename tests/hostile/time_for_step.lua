-- Attacks: the time budget, with a loop of 2^63 steps.
-- Expect: ran longer than 0.3 s
local n = 0
for i = math.mininteger, math.maxinteger do n = n ~ i end
