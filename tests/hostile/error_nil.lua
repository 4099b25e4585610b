-- Attacks: the printing of errors, with nil.
-- Expect: raised nil as its error
error()
