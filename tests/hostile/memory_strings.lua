-- Attacks: the memory budget, with many short texts.
-- Expect: used more than 32 MiB of memory|ran longer than 0.3 s
local t = {}
for i = 1, 1 << 40 do t["k" .. i] = true end
