-- Attacks: the environment, replaced by one with a trap.
-- Expect: nothing
local _ENV = setmetatable({}, { __index = function(_, k) return k end })
x = y .. z
