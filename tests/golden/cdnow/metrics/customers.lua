-- Customers over time: cohorts, their return, and what they are worth.
local purchases = source "purchases"
local customers = purchases:distinct "customer_id"
local revenue = purchases:sum "amount"

metric "active_28d" { value = customers:rolling "28d" }

-- In the period: the customers who bought twice, and those who came back on another day.
local two_transactions = purchases:per "customer_id":count():where "value >= 2"
local two_days = purchases:per "customer_id":distinct "date":where "value >= 2"
metric "two_transactions"  { value = two_transactions:count() }
metric "rate_transactions" { value = two_transactions:count() / customers }
metric "two_days"          { value = two_days:count() }
metric "rate_days"         { value = two_days:count() / customers }

-- Cohorts by the month, or week, of the first purchase: in that one, everybody is there.
local function kept(options)
  options.entity, options.start = "customer_id", "true"
  return purchases:retention(options)
end
local cohort = kept { mode = "bounded" }
local size = cohort:cohort "1m":count()
metric "month_0" { value = size / size }
metric "week_0"  { value = size / size }
for k = 1, 17 do
  metric("month_" .. k) { value = cohort:at(k .. "m") }
end
for k = 1, 8 do
  metric("week_" .. k) { value = cohort:at(k .. "w") }
end

for column, mode in pairs { exact_day = "bounded", within = "within", on_or_after = "unbounded" } do
  local by_day = kept { mode = mode }
  for _, n in ipairs { 7, 30, 90 } do
    metric(column .. "_" .. n) { value = by_day:at(n .. "d") }
  end
end

local again = kept { mode = "within" }
for _, n in ipairs { 30, 60, 90, 180, 365 } do
  metric("d" .. n) { value = again:at(n .. "d") }
end

-- What a cohort spent in its month 0 and in the months 1 … k.
local spent = kept { mode = "within", value = "amount" }
local founding = spent:cohort "1m":sum "base"
metric "revenue_new"       { value = founding }
metric "revenue_returning" { value = revenue - founding }
for _, k in ipairs { 0, 1, 3, 6, 12, 15 } do
  local cumulative = k == 0 and founding or founding + spent:cohort(k .. "m"):sum "value"
  metric("cumulative_revenue_" .. k) { value = cumulative }
  metric("customers_" .. k)          { value = size }
  metric("ltv_" .. k)                { value = cumulative / size }
end

-- A customer has many rows on one day; these are days. The second day ends the journey.
local days = source "days"
local second = days:journey { entity = "customer_id", steps = { "true", "true" } }
metric "second"      { value = second:reach(2) }
metric "second_mean" { value = second:time():mean() / 86400 }
for _, p in ipairs { 25, 50, 75, 90, 95 } do
  metric("second_p" .. p) { value = second:time():p(p) / 86400 }
end

-- The sum of the daily actives is the number of days on which somebody bought, over all customers.
local daily_actives = days:count() / days:max "month_days"
metric "avg_dau" { value = daily_actives }
metric "dau_mau" { value = daily_actives / customers }

-- An active customer "has" 1 until the month's end: growth accounting is the movement of that.
local growth = source "months":movement {
  entity = "customer_id", value = "1", from = "month", to = "next_month",
}
metric "active"      { value = growth:entities "closing" }
metric "new"         { value = growth:entities "new" }
metric "retained"    { value = growth:where "opening > 0 and closing > 0":count() }
metric "resurrected" { value = growth:entities "reactivation" }
metric "churned"     { value = growth:entities "churn" }
metric "quick_ratio" {
  value = (growth:entities "new" + growth:entities "reactivation") / growth:entities "churn",
}
