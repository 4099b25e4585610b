-- Attacks: __gc, written into a metatable that is already in use.
-- Expect: nothing
local meta = {}
for i = 1, 100 do setmetatable({}, meta) end
meta.__gc = function() while true do end end
for i = 1, 10000 do local t = setmetatable({}, {}) end
