-- Attacks: the time budget, from the comparator of table.sort.
-- Expect: ran longer than 0.3 s
pcall(table.sort, { 3, 1, 2 }, function() while true do end end)
while true do end
