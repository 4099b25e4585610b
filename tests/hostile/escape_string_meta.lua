-- Attacks: the methods that every text has.
-- Expect: attempt to index a boolean value
assert(not pcall(function() string.rep = nil end))
assert(not pcall(setmetatable, "", {}))
getmetatable("").__index.rep = function() return "mine" end
