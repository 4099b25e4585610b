-- Attacks: string.rep, which goes round 2^62 times to repeat nothing.
-- Expect: nothing
local a, b = (""):rep(1 << 62), (""):rep(math.maxinteger, "")
assert(a == "" and b == "")
