-- weeks.csv: revenue follows aha by two weeks, and ttv by one the other way; noise is noise.
local weeks = source "weeks"
for _, name in ipairs { "aha", "ttv", "noise", "flat" } do
  metric(name) { value = weeks:sum(name) }
end
metric "late" { value = weeks:mean "late" }
metric "revenue" {
  value = weeks:sum "revenue",
  drivers = { aha = "up", ttv = "up", noise = "down", flat = "up", late = "up" },
}

-- events_*.csv: some sign-ups are both ads and referral, some are neither, and one visit is ads.
local events = source "events"
local signups = events:where "event == 'signup'"
metric "organic" { value = signups:where "channel == 'organic'":count() }
metric "ads" { value = events:where "channel and channel:find('ads') and event ~= 'pay'":count() }
metric "referral" { value = signups:where "channel == 'ads+referral'":count() }
metric "signups" { value = signups:count(), identity = "organic + ads + referral" }

local paid = events:where "event == 'pay'"
metric "payers" { value = paid:distinct "user" }
metric "arppu" { value = paid:sum "amount" / paid:distinct "user" }
metric "sales" { value = paid:sum "amount", identity = "payers * arppu" }
metric "sales_of_ads" { value = paid:where "channel == 'ads'":sum "amount" }
metric "sales_of_organic" { value = paid:where "channel == 'organic'":sum "amount" }
metric "sales_by_channel" {
  value = paid:sum "amount",
  identity = "sales_of_ads + sales_of_organic",
}

-- A stock that grows by what comes in, but for one week in which somebody forgot to write it down.
local stock = source "stock"
metric "members" { value = stock:sum "members", identity = "members:offset(-1) + joined - left" }
metric "joined" { value = stock:sum "joined" }
metric "left" { value = stock:sum "left" }
