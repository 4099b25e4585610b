-- Attacks: the stack, with recursion.
-- Expect: stack overflow|used more than
local function f() return 1 + f() end
f()
