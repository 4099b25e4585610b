-- Attacks: the time budget, plainly.
-- Expect: :3: ran longer than 0.3 s
while true do end
