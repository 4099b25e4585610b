-- Attacks: table.concat of a table that answers for ever.
-- Expect: used more than|ran longer than
local t = setmetatable({}, { __index = function() return "" end,
  __len = function() return 1 << 60 end })
table.concat(t)
