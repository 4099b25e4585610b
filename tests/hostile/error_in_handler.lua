-- Attacks: the printing of errors, with an error in the message handler.
-- Expect: nothing
local ok, e = xpcall(error, function(e) error(e) end, "first")
assert(not ok)
