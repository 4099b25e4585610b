-- Attacks: the memory budget, with string.pack.
-- Expect: used more than 32 MiB of memory
local s = ("x"):rep(20 << 20)
return string.pack("s8s8", s, s)
