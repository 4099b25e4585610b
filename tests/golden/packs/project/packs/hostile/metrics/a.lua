-- Changes whatever it can reach.
local function try(change)
  pcall(change)
end

SPOILED = true
try(function() string.rep = function() return "spoiled" end end)
try(function() math.floor = function() return -1 end end)
try(function() getmetatable("").__index = {} end)
try(function() require("growth").per = function(a) return a end end)
try(function() require("growth").called = 100 end)
try(function() metric.buyers = 0 end)
pairs, assert, require = nil, nil, nil
