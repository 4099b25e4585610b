-- Attacks: the time budget, from one metamethod after the other.
-- Expect: ran longer than 0.3 s
local function forever() while true do end end
local meta = { __add = forever, __concat = forever, __len = forever, __call = forever,
  __eq = forever, __lt = forever, __le = forever, __unm = forever, __newindex = forever,
  __tostring = forever }
local a, b = setmetatable({}, meta), setmetatable({}, meta)
local all = { function() return a + b end, function() return a .. b end, function() return #a end,
  function() return a() end, function() return a == b end, function() return a < b end,
  function() return a <= b end, function() return -a end, function() a.x = 1 end,
  function() return tostring(a) end, function() return ("%s"):format(a) end }
for _, f in ipairs(all) do pcall(f) end
