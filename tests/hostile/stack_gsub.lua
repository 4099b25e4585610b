-- Attacks: the C stack, with gsub in the callback of gsub.
-- Expect: stack overflow
local function f() return (("x"):gsub("x", f)) end
f()
