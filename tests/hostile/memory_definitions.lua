-- Attacks: the memory budget, with declarations.
-- Expect: used more than 32 MiB of memory|gave more than
local e = source "events"
for i = 1, 1 << 30 do
  metric("m" .. i) { value = e:count(), title = ("x"):rep(100000) .. i }
end
