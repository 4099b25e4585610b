-- Attacks: the time budget, with tail calls for ever.
-- Expect: ran longer than 0.3 s
local function f(n) return f(n + 1) end
return f(0)
