-- Attacks: table.sort of a table whose __len lies.
-- Expect: array too big
table.sort(setmetatable({}, { __len = function() return 1 << 60 end }))
