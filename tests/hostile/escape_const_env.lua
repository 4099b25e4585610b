-- Attacks: the compiler of Lua 5.4.4, which makes wrong code of a constant _ENV.
-- Expect: _ENV
local _ENV <const> = 11
X = "hi"
