-- Attacks: the memory budget of a call.
-- Expect: nothing
-- Expect of its call: used more than 32 MiB of memory
local e = source "events"
metric "attack" { value = e:sum(function(r)
  local s = "x"
  while true do s = s .. s end
end) }
