-- Attacks: the printing of errors, with bytes that are no text.
-- Expect: attack
error("\xff\xfe\0\27[2J", 0)
