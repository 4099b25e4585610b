-- Attacks: string.dump, which makes bytecode.
-- Expect: nothing
assert(string.dump == nil and ("").dump == nil)
