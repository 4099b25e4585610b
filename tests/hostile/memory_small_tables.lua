-- Attacks: the memory budget, with small tables, of which the allocator takes its share.
-- Expect: used more than 32 MiB of memory
local list
while true do list = { list } end
