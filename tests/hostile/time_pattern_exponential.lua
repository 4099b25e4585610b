-- Attacks: the time budget, with a pattern that tries 2^40 ways.
-- Expect: ran longer than 0.3 s
local s = ("a"):rep(40)
pcall(string.find, s, ("a*"):rep(30) .. "b")
return s:find(("a*"):rep(30) .. "b")
