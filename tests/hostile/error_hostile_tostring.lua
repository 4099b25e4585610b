-- Attacks: the printing of errors, with a __tostring that never ends.
-- Expect: raised a table as its error
error(setmetatable({}, { __tostring = function() while true do end end, __name = ("x"):rep(1000),
  __index = function() while true do end end }))
