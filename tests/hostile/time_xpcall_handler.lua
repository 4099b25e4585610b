-- Attacks: the time budget, from the message handler that it calls.
-- Expect: ran longer than 0.3 s
local function forever() while true do end end
xpcall(forever, forever)
