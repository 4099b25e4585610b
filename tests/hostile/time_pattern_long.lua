-- Attacks: the time budget, with a pattern over a long text.
-- Expect: ran longer than 0.3 s
local s = ("a"):rep(1 << 20)
return s:find ".-.-.-.-b"
