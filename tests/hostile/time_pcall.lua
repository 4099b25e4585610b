-- Attacks: the time budget, swallowed by pcall again and again.
-- Expect: ran longer than 0.3 s
local function forever() while true do end end
while true do pcall(forever) end
