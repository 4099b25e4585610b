-- A file of the same pack: its globals are its own, too.
assert(type(pairs) == "function" and not pcall(function() return SPOILED end))
local growth = require "growth"
assert(growth.called == 0)
metric "noise" { value = source "orders":sum(function(row) return #row.customer end) }
