-- Orders: who buys, how often, for how much. Only completed orders count, but for the guardrail.

local orders    = source "orders"
local completed = orders:where { status = "completed" }
local count     = completed:count()
local buyers    = completed:distinct "customer_id"
local revenue   = completed:sum "amount"

nsm "completed_orders" {
  value    = count,
  identity = "buyers * orders_per_buyer",
  drivers  = { cancel_share = "down" },
}

kpi "buyers"           { value = buyers }
kpi "orders_per_buyer" { value = count / buyers }
kpi "order_value"      { value = revenue / count }

metric "order_value_p95" { value = completed:p(95, "amount") } -- to look at; decides nothing

guardrail "cancel_share" { value = orders:share "status == 'cancelled'" }

kgi "revenue" { value = revenue, identity = "completed_orders * order_value" }
