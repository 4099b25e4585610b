local invoices = source "invoices"
local revenue = invoices:sum "Total"

metric "invoices"  { value = invoices:count() }
metric "customers" { value = invoices:distinct "CustomerId" }
metric "revenue"   { value = revenue }
metric "aov"       { value = revenue / invoices:count() }
metric "first_day" { value = invoices:derive { day = "date(InvoiceDate)" }:min "day" }
metric "last_day"  { value = invoices:derive { day = "date(InvoiceDate)" }:max "day" }
metric "no_state"  { value = invoices:where "BillingState == nil":count() }
for _, p in ipairs { 25, 50, 75, 90, 95, 99 } do
  metric("p" .. p) { value = invoices:p(p, "Total") }
end

local lines = source "lines"
metric "lines"        { value = lines:count() }
metric "units"        { value = lines:sum "quantity" }
metric "line_revenue" { value = lines:sum "amount" }

local sales = source "sales"
metric "rep_customers" { value = sales:distinct "CustomerId" }
metric "rep_revenue"   { value = sales:sum "Total" }

local people = source "customers"
metric "people"     { value = people:count() }
metric "no_company" { value = people:where(function(row) return row.Company == nil end):count() }

local checked = source "checked":where "total - lines > 0.005 or lines - total > 0.005"
metric "mismatched" { value = checked:count() }

-- Customers: what each is worth, when they come again, and in which years.
local worth = invoices:per "CustomerId":sum "Total"
metric "ltv_mean"   { value = worth:mean() }
metric "ltv_median" { value = worth:p(50) }
metric "ltv_min"    { value = worth:min() }
metric "ltv_max"    { value = worth:max() }

local gaps = source "gaps"
metric "gaps"     { value = gaps:count() }
metric "gap_mean" { value = gaps:mean "days" }
metric "gap_p50"  { value = gaps:p(50, "days") }
metric "gap_p95"  { value = gaps:p(95, "days") }
metric "first_to_second_p50" {
  value = invoices:journey { entity = "CustomerId", steps = { "true", "true" } }
    :time():p(50) / 86400,
}

local years = source "years"
local kept = years:retention { entity = "CustomerId", start = "true", mode = "bounded" }
local size = kept:cohort "12m":count()
metric "year_0" { value = size / size }
for k = 1, 4 do
  metric("year_" .. k) { value = kept:at(12 * k .. "m") }
end
