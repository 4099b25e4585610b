-- Attacks: the time budget, with next over a table that grows on the way.
-- Expect: ran longer than 0.3 s
local t = { a = 1 }
while true do
  local k = next(t)
  t[k .. "x"], t[k] = 1, nil
  if #k > 50 then t = { a = 1 } end
end
