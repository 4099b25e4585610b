-- Attacks: the time budget, from a field of a declaration.
-- Expect: ran longer than 0.3 s
metric "attack" { value = setmetatable({}, { __index = function() while true do end end }).x }
