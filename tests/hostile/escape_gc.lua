-- Attacks: __gc, which runs where no hook reaches.
-- Expect: __gc is not allowed
setmetatable({}, { __gc = function() while true do end end })
