-- Attacks: table.insert into a table whose __len lies.
-- Expect: ran longer than 0.3 s
local t = setmetatable({}, { __len = function() return 1 << 60 end })
pcall(table.insert, t, 1, "x")
table.insert(t, 1, "x")
