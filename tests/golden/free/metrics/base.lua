local events = source "events"
local buys = events:where "event == 'buy'"

metric "buyers" { value = buys:distinct "user_id" }
metric "visitors" { value = events:where "event == 'visit'":distinct "user_id" }
metric "revenue" { value = buys:sum "amount" }
metric "rate" { value = metric.buyers / metric.visitors }
