-- Attacks: the time budget, with lazy repetitions.
-- Expect: ran longer than 0.3 s
return ("a"):rep(60):match(("a-"):rep(20) .. "b")
