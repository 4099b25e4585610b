-- Attacks: the addresses that tostring and %p show.
-- Expect: %p is not allowed
local t = {}
assert(tostring(t) == "table" and tostring(assert) == "function")
assert(("%s"):format(t) == "table")
local ok, message = pcall(error, t)
return ("%p"):format(t)
