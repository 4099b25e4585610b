-- Attacks: the time budget, in an iterator over nothing.
-- Expect: ran longer than 0.3 s
while true do for _ in ("x"):gmatch "" do end end
