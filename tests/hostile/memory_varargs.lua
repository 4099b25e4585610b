-- Attacks: the memory budget, with arguments.
-- Expect: stack overflow|too many results|used more than|ran longer
local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
f()
