-- Attacks: the output budget of a call.
-- Expect: nothing
-- Expect of its call: gave more than 1 MiB
local e = source "events"
metric "attack" { value = e:sum(function(r)
  return ("x"):rep(1 << 20) .. r.n
end) }
