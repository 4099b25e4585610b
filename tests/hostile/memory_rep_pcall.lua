-- Attacks: the memory budget, swallowed by pcall.
-- Expect: used more than 32 MiB of memory
for i = 1, 1000 do pcall(string.rep, "x", 1 << 30) end
metric "never" { value = 1 }
