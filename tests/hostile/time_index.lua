-- Attacks: the time budget, from __index.
-- Expect: ran longer than 0.3 s
local t = setmetatable({}, { __index = function(t, k) while true do end end })
pcall(function() return t.x end)
return t.y
