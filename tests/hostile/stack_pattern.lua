-- Attacks: the C stack, with a deep pattern.
-- Expect: pattern too complex
return ("a"):rep(1000):find(("a?"):rep(1000))
