-- Attacks: the time budget, from the closing value of a for loop.
-- Expect: ran longer than 0.3 s
local closer = setmetatable({}, { __close = function() while true do end end })
for _ in function() return nil end, nil, nil, closer do end
