local events    = source "events"
local lessons   = events:where { event = "lesson_done" }
local purchases = events:where { event = "purchase" }
local users     = events:distinct "user_id"

nsm "lessons_per_user" {
  value   = lessons:count() / users,
  drivers = { aha_rate = "up" },
}
kpi "aha_rate" { value = events:where "event == 'aha'":distinct "user_id" / users }
kpi "users"    { value = users }
kpi "spend"    { value = purchases:sum "amount" / users }

guardrail "refund_share" { value = purchases:share "amount < 0" }

kgi "revenue" {
  value    = purchases:sum "amount",
  identity = "users * spend",
  drivers  = { lessons_per_user = "up" },
}
