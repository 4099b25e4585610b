-- Attacks: the C stack, with pcall in pcall.
-- Expect: stack overflow|ran longer
local function f() return pcall(f) end
f()
error "C stack overflow or not, here it ends: stack overflow"
