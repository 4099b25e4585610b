-- Attacks: the memory budget, with one long concatenation.
-- Expect: used more than 32 MiB of memory
local s = ("x"):rep(8 << 20)
return s .. s .. s .. s .. s
