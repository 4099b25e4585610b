local events, subscriptions, history = source "events", source "subscriptions", source "history"

metric "customers" { value = source "customers":count() }
metric "events"    { value = events:count() }
for column, type in pairs {
  starts = "start", upgrades = "upgrade", downgrades = "downgrade", cancels = "cancel",
  reactivations = "reactivate",
} do
  metric(column) { value = events:where { event_type = type }:count() }
end

-- Cohorts by the first month end with a positive MRR.
for _, k in ipairs { 1, 3, 6, 12 } do
  local at = k .. "m"
  metric("logos_" .. k) {
    value = history:retention { entity = "customer_id", start = "true", at = at },
  }
  metric("revenue_" .. k) {
    value = history:retention {
      entity = "customer_id", start = "true", at = at, value = "mrr_cents",
    },
  }
end

metric "never_in_snapshot" {
  value = subscriptions:distinct "customer_id" - history:distinct "customer_id",
}
metric "multi_event_month" {
  value = events
    :per "customer_id .. '|' .. (12 * year(effective_date) + month(effective_date))"
    :count()
    :where "value > 1"
    :derive { customer = "entity:match '^[^|]+'" }
    :distinct "customer",
}

local life = events:journey {
  entity = "customer_id",
  steps  = { "event_type == 'start'", "event_type == 'cancel'" },
}
metric "ended"     { value = life:reach(2) }
metric "life_mean" { value = life:time():mean() / 86400 }
for _, p in ipairs { 25, 50, 75, 95 } do
  metric("life_p" .. p) { value = life:time():p(p) / 86400 }
end
