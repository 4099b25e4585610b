-- Attacks: the printing of errors, with a text of 12 MB.
-- Expect: xxxx
error(("x"):rep(12 << 20), 0)
