-- Attacks: the printing of errors, with the place of another file.
-- Expect: metrics/canary.lua:1
error("metrics/canary.lua:1: it was not me", 0)
