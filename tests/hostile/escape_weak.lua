-- Attacks: weak tables, which tell when memory was collected.
-- Expect: __mode is not allowed
setmetatable({}, { __mode = "k" })
