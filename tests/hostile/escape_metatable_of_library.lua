-- Attacks: the tables of the library, through their metatables.
-- Expect: cannot be changed
assert(getmetatable(string) == false and getmetatable(_ENV) == false)
assert(not pcall(setmetatable, string, {}))
assert(rawget(string, "rep") == nil)
table.insert(string, "x")
