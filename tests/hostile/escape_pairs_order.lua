-- Attacks: the order of pairs and next, which hashes and addresses would give away.
-- Expect: have no order
local t = {}
for i = 1, 50 do t["key" .. i] = i end
local a, b = {}, {}
for k in pairs(t) do a[#a + 1] = k end
for k in next, t do b[#b + 1] = k end
local sorted = table.move(a, 1, #a, 1, {})
table.sort(sorted)
assert(table.concat(a) == table.concat(sorted) and table.concat(b) == table.concat(sorted))
for k in pairs { [{}] = 1, [{}] = 2 } do end
