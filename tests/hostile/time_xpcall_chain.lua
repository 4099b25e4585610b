-- Attacks: the time budget, with a handler that calls xpcall itself.
-- Expect: ran longer than 0.3 s
local function forever() while true do end end
local function handler(e) return xpcall(forever, handler) end
while true do xpcall(forever, handler) end
