-- Attacks: the time budget, with %b at each opening bracket.
-- Expect: ran longer than 0.3 s
local s = ("("):rep(1 << 20)
return s:find "%b()"
