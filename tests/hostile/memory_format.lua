-- Attacks: the memory budget, with a long %s.
-- Expect: used more than 32 MiB of memory
local s = ("x"):rep(12 << 20)
return ("%s%s%s"):format(s, s, s)
