-- Attacks: the memory budget, with the C library's own buffers; their error is caught.
-- Expect: used more than 32 MiB of memory
local kept = {}
for i = 1, 1 << 30 do
  pcall(function() kept[#kept + 1] = ("x"):rep(1000000) .. i end)
end
