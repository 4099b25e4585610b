-- Attacks: the time budget, from __close while the error unwinds.
-- Expect: ran longer than 0.3 s
local closer = setmetatable({}, { __close = function() while true do end end })
local function f()
  local a <close> = closer
  local b <close> = closer
  while true do end
end
while true do pcall(f) end
