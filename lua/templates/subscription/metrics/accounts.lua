-- Use leads, payments follow: the first three are looked at every week, the others every month.

local usage    = source "usage"
local accounts = usage:distinct "account_id"

nsm "active_accounts"  { value = accounts, drivers = { uses_per_account = "up" } }
kpi "uses_per_account" { value = usage:count() / accounts }

metric "minutes_p50" { value = usage:p(50, "minutes") } -- to look at; decides nothing

local payments = source "payments"
local paid     = payments:where "kind == 'new' or kind == 'renewal'"
local net      = payments:sum "amount" -- refunds are negative

kpi "new_accounts" { value = payments:where { kind = "new" }:distinct "account_id" }
kpi "arpa"         { value = net / paid:distinct "account_id" }
kpi "paying_accounts" {
  value   = paid:distinct "account_id",
  drivers = { new_accounts = "up", active_accounts = "up" },
}

guardrail "refund_share" { value = payments:share "kind == 'refund'" }

kgi "revenue" {
  value    = net,
  identity = "paying_accounts * arpa",
  drivers  = { active_accounts = "up" },
}
