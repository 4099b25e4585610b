-- Attacks: the time budget, with __index functions that call each other.
-- Expect: stack overflow
local t = {}
setmetatable(t, { __index = function(_, k) return t[k .. "x"] end })
return t.a
