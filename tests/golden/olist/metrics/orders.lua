local orders = source "orders"

metric "orders"      { value = orders:count() }
metric "cancel_rate" {
  value = orders:share "order_status == 'canceled' or order_status == 'unavailable'",
}

local delivered = orders:where(
  "order_status == 'delivered' and order_delivered_customer_date ~= nil")
local in_time   = "order_delivered_customer_date <= order_estimated_delivery_date"
local by_day    = "date(order_delivered_customer_date) <= date(order_estimated_delivery_date)"
metric "delivered"    { value = delivered:count() }
metric "on_time_ts"   { value = delivered:where(in_time):count() }
metric "rate_ts"      { value = delivered:share(in_time) }
metric "on_time_day"  { value = delivered:where(by_day):count() }
metric "rate_day"     { value = delivered:share(by_day) }

local arrived = orders
  :where "order_delivered_customer_date ~= nil"
  :derive { days = "(order_delivered_customer_date - order_purchase_timestamp) / 86400" }
metric "arrived"   { value = arrived:count() }
metric "days_mean" { value = arrived:mean "days" }
metric "days_min"  { value = arrived:min "days" }
metric "days_max"  { value = arrived:max "days" }
for _, p in ipairs { 25, 50, 75, 90, 95, 99 } do
  metric("days_p" .. p) { value = arrived:p(p, "days") }
end

-- Steps that were taken, in any order; a journey will know about order and windows.
metric "approved" { value = orders:where "order_approved_at ~= nil":count() }
metric "carrier"  { value = orders:where "order_delivered_carrier_date ~= nil":count() }
metric "delivered_in_order" {
  value = orders:where [[
    order_approved_at >= order_purchase_timestamp
    and order_delivered_carrier_date >= order_approved_at
    and order_delivered_customer_date >= order_delivered_carrier_date]]:count(),
}

-- Arithmetic with a missing timestamp is missing, and a percentile leaves missing values out.
local steps = orders:derive {
  approve = "(order_approved_at - order_purchase_timestamp) / 3600",
  carrier = "(order_delivered_carrier_date - order_approved_at) / 3600",
  deliver = "(order_delivered_customer_date - order_delivered_carrier_date) / 3600",
}
metric "approve_p50" { value = steps:p(50, "approve") }
metric "carrier_p50" { value = steps:p(50, "carrier") }
metric "deliver_p50" { value = steps:p(50, "deliver") }
metric "carrier_before_approval"  { value = steps:where "carrier < 0":count() }
metric "delivered_before_carrier" { value = steps:where "deliver < 0":count() }

metric "hour_orders" {
  value = orders:derive { hour_of_day = "hour(order_purchase_timestamp)" }:count(),
}

metric "no_approval" { value = orders:where "order_approved_at == nil":count() }
metric "no_carrier"  { value = orders:where "order_delivered_carrier_date == nil":count() }
metric "no_delivery" { value = orders:where "order_delivered_customer_date == nil":count() }
