-- Attacks: table.sort, with a comparator that contradicts itself.
-- Expect: nothing
local t, n = {}, 0
for i = 1, 1000 do t[i] = i end
table.sort(t, function() n = n + 1 return n % 3 == 0 end)
table.sort(t, function() return true end)
