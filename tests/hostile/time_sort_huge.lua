-- Attacks: the time budget, with a list that takes longer to sort.
-- Expect: ran longer than 0.3 s
local t = {}
for i = 1, 300000 do t[i] = i * 7919 % 1000003 end
while true do table.sort(t) table.sort(t, function(a, b) return a > b end) end
