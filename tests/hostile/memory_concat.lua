-- Attacks: the memory budget, with table.concat.
-- Expect: used more than 32 MiB of memory
local t = {}
for i = 1, 120 do t[i] = ("x"):rep(100000) end
table.concat(t)
