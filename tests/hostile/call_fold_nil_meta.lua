-- Attacks: the metatable of nil and that of rows, from the functions of an aggregate.
-- Expect: nothing
-- Expect of its call: a row cannot be changed
local e = source "events"
metric "attack" { value = e:aggregate {
  init = function() return 0 end,
  step = function(n, r)
    if getmetatable(nil) or getmetatable(r) then return n + 1 end
    r.n = 7
    return n
  end,
} }
