local purchases = source "purchases"
local orders, revenue = purchases:count(), purchases:sum "amount"
local customers = purchases:distinct "customer_id"

metric "orders"              { value = orders }
metric "customers"           { value = customers }
metric "units"               { value = purchases:sum "quantity" }
metric "revenue"             { value = revenue }
metric "mean_amount"         { value = purchases:mean "amount" }
metric "first_date"          { value = purchases:min "date" }
metric "last_date"           { value = purchases:max "date" }
metric "zero_rows"           { value = purchases:where "amount == 0":count() }
metric "aov"                 { value = revenue / orders }
metric "orders_per_customer" { value = orders / customers }

-- Metrics of metrics give the same numbers as their formulas would.
metric "revenue_per_customer" { value = metric.revenue / metric.customers }

for _, p in ipairs { 5, 25, 50, 75, 90, 95, 99 } do
  metric(("p%02d"):format(p))       { value = purchases:p(p, "amount") }
  metric(("p%02d_type1"):format(p)) { value = purchases:p(p, "amount", { type = 1 }) }
end

-- 1970-01-01 was a Thursday, day 4 of the ISO week. The view has its dimension from derive.
local days = purchases:derive { weekday = "(date + 3) % 7 + 1" }
metric "day_orders"  { value = days:count() }
metric "day_revenue" { value = days:sum "amount" }

local rows = purchases:derive {
  row = "customer_id .. '|' .. date .. '|' .. quantity .. '|' .. amount",
}
metric "surplus_rows" { value = rows:count() - rows:distinct "row" }
