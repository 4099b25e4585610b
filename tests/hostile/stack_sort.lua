-- Attacks: the C stack, with sort in the comparator of sort.
-- Expect: stack overflow
local function f() table.sort({ 1, 2, 3 }, f) return true end
f()
