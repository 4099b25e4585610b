-- Attacks: the printing of errors, with a table.
-- Expect: raised a table as its error
error {}
