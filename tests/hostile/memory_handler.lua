-- Attacks: the memory budget, from the message handler of xpcall.
-- Expect: used more than 32 MiB of memory
local function hog() local s = "x" while true do s = s .. s end end
while true do xpcall(hog, hog) end
