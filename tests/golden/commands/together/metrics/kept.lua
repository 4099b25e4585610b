-- Relations that are made by one pass, and what each of them says when another fails.
local events = source "events"

local kept = events:retention { entity = "user", start = "event == 'signup'" }
metric "d1" { value = kept:at "1d" }
metric "w1" { value = kept:at "1w" }

local points = events:retention {
  entity = "user", start = "event == 'signup'", active = "event == 'view'", value = "points",
}
metric "points_d1" { value = points:at "1d" }
metric "points_d6" { value = points:at "6d" }

-- Only columns that somebody reads are made; a name that is none of them is still found out.
local active = events:per "user":count()
metric "active" { value = active:where "value >= 2":count() }
metric "typo" { value = active:where "valu >= 2":count() }
