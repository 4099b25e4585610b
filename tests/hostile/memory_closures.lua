-- Attacks: the memory budget, with closures.
-- Expect: used more than 32 MiB of memory
local list
while true do
  local rest = list
  list = function() return rest end
end
