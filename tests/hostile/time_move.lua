-- Attacks: table.move over 2^62 values that are nil.
-- Expect: ran longer than 0.3 s
pcall(table.move, {}, 1, 1 << 62, 2, {})
table.move({}, 1, 1 << 62, 2)
