-- Attacks: the printing of errors of a call, with a table.
-- Expect: nothing
-- Expect of its call: error is no text|raised a table
local e = source "events"
metric "attack" { value = e:sum(function(r)
  error(setmetatable({}, { __tostring = function() while true do end end }))
end) }
