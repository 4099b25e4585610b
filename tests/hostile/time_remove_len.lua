-- Attacks: table.remove from a table whose __len lies.
-- Expect: ran longer than 0.3 s
table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)
