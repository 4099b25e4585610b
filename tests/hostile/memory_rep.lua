-- Attacks: the memory budget, with string.rep.
-- Expect: used more than 32 MiB of memory
local s = ("x"):rep(1 << 30)
