-- Attacks: the stack in a call.
-- Expect: nothing
-- Expect of its call: stack overflow|used more than
local e = source "events"
metric "attack" { value = e:sum(function(r)
  local function f() return 1 + f() end
  return f()
end) }
