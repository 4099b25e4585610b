local growth = require "growth"
local tax = require "money.tax"

-- The hostile pack spoils every table and function that it can reach: none of these.
SPOILED = "seen here only" -- luacheck: ignore 111
assert(("ab"):rep(2) == "abab" and math.floor(1.5) == 1 and #tax.rates == 0)

local orders = source "orders"

metric "net_revenue" { value = orders:sum(tax.net) }
metric "net_per_buyer" { value = growth.per(metric.net_revenue, metric.buyers) }
metric "noise_per_buyer" { value = metric.noise / metric.buyers }
metric "big_orders" { value = growth.at_least(orders, 100):count() }
