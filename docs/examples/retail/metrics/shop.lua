-- A CD shop in eleven metrics. Titles, units and targets are in kpis.yaml.

local purchases = source "purchases"

local orders    = purchases:count()
local customers = purchases:distinct "customer_id"
local revenue   = purchases:sum "amount"

nsm "orders_per_customer" {
  value   = orders / customers,
  drivers = { big_basket_share = "up" },
}

kpi "active_customers" { value = customers }
kpi "aov"              { value = revenue / orders }

-- Metrics without a role are there to look at; nothing is decided by them alone.
metric "orders" { value = orders }
metric "units"  { value = purchases:sum "quantity" }

-- Percentiles are exact. Type 7 unless said; type 1 is always a value that really occurred.
metric "order_value_p50" { value = purchases:p(50, "amount") }
metric "order_value_p95" { value = purchases:p(95, "amount") }

-- A share counts the rows where the expression holds.
kpi "big_basket_share"       { value = purchases:share "quantity >= 3" }
guardrail "zero_value_share" { value = purchases:share "amount == 0" }

-- The three parts multiply to revenue exactly: who bought × how often × for how much.
kgi "revenue" {
  value    = revenue,
  identity = "active_customers * orders_per_customer * aov",
  drivers  = { big_basket_share = "up" },
}

-- Metrics may be built from metrics.
metric "revenue_per_customer" { value = metric.revenue / metric.active_customers }
