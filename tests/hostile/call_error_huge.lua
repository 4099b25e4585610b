-- Attacks: the printing of errors of a call, with a text of 12 MB.
-- Expect: nothing
-- Expect of its call: xxx
local e = source "events"
metric "attack" { value = e:sum(function(r)
  error(("x"):rep(12 << 20))
end) }
