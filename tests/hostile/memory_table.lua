-- Attacks: the memory budget, with a table.
-- Expect: used more than 32 MiB of memory
local t = {}
for i = 1, 1 << 40 do t[i] = i end
