-- What the pack gives to whoever requires it.
local ratios = require "growth.ratios"

local growth = { per = ratios.per, called = 0 }

function growth.at_least(rows, amount)
  growth.called = growth.called + 1 -- the pack's own state and the project's count for themselves
  return rows:where(function(row) return row.amount >= amount end)
end

return growth
