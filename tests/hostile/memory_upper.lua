-- Attacks: the memory budget, with copies of a long text.
-- Expect: used more than 32 MiB of memory
local t, s = {}, ("x"):rep(4 << 20)
for i = 1, 100 do t[i] = (s .. i):upper():reverse() end
