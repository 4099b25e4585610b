-- Attacks: table.unpack of 2^31 values.
-- Expect: too many results to unpack
table.unpack({}, 1, 1 << 31)
