-- Attacks: the time budget, through forty nested pcalls.
-- Expect: ran longer than 0.3 s
local function deep(n)
  if n == 0 then while true do end end
  pcall(deep, n - 1)
  while true do end
end
deep(40)
