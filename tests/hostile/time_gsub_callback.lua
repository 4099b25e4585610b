-- Attacks: the time budget, from the callback of gsub.
-- Expect: ran longer than 0.3 s
while true do
  pcall(string.gsub, "aaa", "a", function() while true do end end)
end
