-- Attacks: the memory budget, from __close after it has tripped.
-- Expect: used more than 32 MiB of memory
local kept
local closer = setmetatable({}, { __close = function()
  while true do kept = { kept, ("x"):rep(100) } end
end })
local function f()
  local a <close> = closer
  local s = "x"
  while true do s = s .. s end
end
pcall(f)
while true do end
