-- Attacks: the memory budget, with a text that doubles.
-- Expect: used more than 32 MiB of memory
local s = "x"
while true do s = s .. s end
