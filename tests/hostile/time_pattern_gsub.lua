-- Attacks: the time budget, with gsub that backtracks at each character.
-- Expect: ran longer than 0.3 s
local s = ("ab"):rep(1 << 18)
return (s:gsub(".-c", ""))
