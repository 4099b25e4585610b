-- Time that people give: how many, how often, for how long.

local views   = source "views"
local minutes = views:sum "minutes"
local viewers = views:distinct "viewer_id"

nsm "minutes_per_viewer" {
  value    = minutes / viewers,
  identity = "views_per_viewer * minutes_per_view",
  drivers  = { long_view_share = "up", bounce_share = "down" },
}

kpi "viewers"          { value = viewers }
kpi "views_per_viewer" { value = views:count() / viewers }
kpi "minutes_per_view" { value = minutes / views:count() }
kpi "long_view_share"  { value = views:share "minutes >= 20" }

guardrail "bounce_share" { value = views:share "minutes < 1" }

kgi "minutes" { value = minutes, identity = "viewers * minutes_per_viewer" }
