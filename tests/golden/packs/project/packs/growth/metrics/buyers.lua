local growth = require "growth"
local orders = source "orders"

assert(growth.called == 0)
metric "buyers" { value = orders:distinct "customer" }
metric "small_buyers" {
  value = metric.buyers - growth.at_least(orders, 100):distinct "customer",
}
assert(growth.called == 1)
