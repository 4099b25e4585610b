-- Attacks: the memory budget, through the copies that sorting makes.
-- Expect: used more than 32 MiB of memory
local t = {}
for i = 1, 1200000 do t[i] = i end
table.sort(t)
