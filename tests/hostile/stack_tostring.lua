-- Attacks: the C stack, with __tostring that calls tostring.
-- Expect: stack overflow
local t = setmetatable({}, {})
getmetatable(t).__tostring = function() return tostring(t) end
tostring(t)
