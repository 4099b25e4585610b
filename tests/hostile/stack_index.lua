-- Attacks: the C stack, with a chain of __index tables.
-- Expect: '__index' chain too long
local t = {}
for i = 1, 5000 do t = setmetatable({}, { __index = t }) end
return t.x
