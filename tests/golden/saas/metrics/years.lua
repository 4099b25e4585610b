-- A year's sums of what happened month by month; not the same as a movement over the year.
local function year(node)
  return node:over(12, "sum")
end

local spec = { entity = "customer_id", value = "mrr_cents" }
local seen = source "snapshots":movement(spec)
metric "seen_new_mrr"            { value = year(seen:new()) }
metric "seen_new_logos"          { value = year(seen:entities "new") }
metric "seen_reactivation_mrr"   { value = year(seen:reactivation()) }
metric "seen_reactivated_logos"  { value = year(seen:entities "reactivation") }

local changes = source "changes"
local function booked(event)
  return changes:where { event_type = event }:sum "delta"
end
metric "booked_new_mrr"      { value = booked "start" }
metric "booked_reactivation" { value = booked "reactivate" }
metric "booked_expansion"    { value = booked "upgrade" }
metric "booked_contraction"  { value = -booked "downgrade" }
metric "booked_churn"        { value = -booked "cancel" }
metric "booked_net"          { value = changes:sum "delta" }

local accounts = source "accounts":movement {
  entity = "customer_id", value = "mrr_cents", from = "valid_from", to = "valid_to",
}
metric "account_start"        { value = accounts:closing():offset(-12) }
metric "account_new_mrr"      { value = year(accounts:new()) }
metric "account_reactivation" { value = year(accounts:reactivation()) }
metric "account_expansion"    { value = year(accounts:expansion()) }
metric "account_contraction"  { value = year(accounts:contraction()) }
metric "account_churn"        { value = year(accounts:churn()) }
metric "account_end"          { value = accounts:closing() }

-- What a customer is worth, and what one costs; of a month, and of the months of a year.
local spend = source "spend":sum "spend_cents"
local margin = 0.8
local function economics(prefix, over)
  local new = over(accounts:entities "new")
  local arpa = over(accounts:closing()) / over(accounts:entities "closing")
  local logo_churn = over(accounts:entities "churn") / over(accounts:entities "opening")
  local ltv, cac = arpa * margin / logo_churn, over(spend) / new
  metric(prefix .. "arpa")           { value = arpa }
  metric(prefix .. "logo_churn")     { value = logo_churn }
  metric(prefix .. "ltv")            { value = ltv }
  metric(prefix .. "spend")          { value = over(spend) }
  metric(prefix .. "new_customers")  { value = new }
  metric(prefix .. "cac")            { value = cac }
  metric(prefix .. "ltv_cac")        { value = ltv / cac }
  metric(prefix .. "new_mrr")        { value = over(accounts:new()) }
  metric(prefix .. "payback_months") { value = cac / (margin * over(accounts:new()) / new) }
end
economics("month_", function(node) return node end)
economics("year_", year)
