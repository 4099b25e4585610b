-- Prices hold tax; what remains is ours. Used by metrics/revenue.lua.
local tax = { rates = { web = 0.10, shop = 0.08 } }

function tax.net(row)
  return row.amount / (1 + tax.rates[row.channel])
end

return tax
