local events = source "events"
local lessons = events:where "event == 'lesson'"
local back = events:retention {
  entity = "user_id", start = "event == 'signup'", active = "event == 'lesson'",
}

metric "d1" { value = back:at "1d", drivers = { lessons_per_user = "up" } }
metric "w1" { value = back:at "1w" }
metric "w1_ads" {
  value = back:cohort "1w":where "channel == 'ads'":rate(),
}
metric "lost_w1" { value = 1 - back:at "1w" }
metric "again" {
  value = events:retention {
    entity = "user_id", start = "event == 'signup'", active = "event == 'lesson'",
    mode = "within", at = "1w",
  },
}
metric "paid_m1" {
  value = events:retention {
    entity = "user_id", start = "event == 'purchase'", active = "event == 'purchase'",
    at = "1m", value = "amount",
  },
}

metric "lessons_per_user" { value = lessons:count() / lessons:distinct "user_id" }
metric "revenue" {
  value = events:where "event == 'purchase'":sum "amount",
  identity = "buyers * revenue_per_buyer",
}
metric "buyers" { value = events:where "event == 'purchase'":distinct "user_id" }
metric "large" {
  value = events:where "event == 'purchase'":derive { cents = "amount * 100" }
    :where "cents > 2000":share "cents % 2 == 0",
}
metric "revenue_per_buyer" { value = metric.revenue / metric.buyers }
