-- Attacks: the memory budget, with an accumulator.
-- Expect: nothing
-- Expect of its call: used more than 32 MiB of memory
local e = source "events"
metric "attack" { value = e:aggregate {
  init = function() return {} end,
  step = function(acc)
    for i = 1, 1e8 do acc[#acc + 1] = ("x"):rep(10000) .. i end
    return acc
  end,
  final = function(acc) return #acc end,
} }
