-- Attacks: the time budget of a call, with a pattern.
-- Expect: nothing
-- Expect of its call: ran longer than 0.3 s
local e = source "events"
metric "attack" { value = e:sum(function(r)
  return #(("a"):rep(40):match(("a*"):rep(30) .. "b") or "")
end) }
