-- 'cynosure test' gives rules and metrics these values, and holds them against what is expected. A
-- week is judged once it has ended: 2026-01-12 is the Monday after the week from 2026-01-05.

test "a fall by more than a fifth is told" {
  series = { minutes_per_viewer = { from = "2026-01-05", "50 45 35 34" } },
  expect = {
    { at = "2026-01-19", alert = "minutes_fall", state = "inactive" },
    { at = "2026-01-26", alert = "minutes_fall", state = "firing", message = "35 min per …" },
    { at = "2026-02-02", alert = "minutes_fall", state = "resolved" },
  },
}

test "fewer viewers are worse" {
  series = { viewers = { from = "2026-01-05", "25 20 10" } },
  expect = {
    { at = "2026-01-12", alert = "viewers_few", state = "inactive" },
    { at = "2026-01-19", alert = "viewers_few", state = "firing", severity = "info" },
    { at = "2026-01-26", alert = "viewers_few", state = "firing", severity = "warning" },
  },
}

test "bounces go on until they are green" {
  series = { bounce_share = { from = "2026-01-05", "0.05 0.2 0.1 0.05" } },
  expect = {
    { at = "2026-01-12", alert = "bounces", state = "inactive" },
    { at = "2026-01-19", alert = "bounces", state = "firing" },
    { at = "2026-01-26", alert = "bounces", state = "firing" },
    { at = "2026-02-02", alert = "bounces", state = "resolved" },
  },
}

-- Rows in place of the data: the formulas, counted by hand.
test "minutes per viewer" {
  rows = { views = [[
    time,viewer_id,title_id,device,minutes
    2026-01-05 10:00:00,v1,t1,web,30
    2026-01-06 10:00:00,v1,t2,web,0.5
    2026-01-07 10:00:00,v2,t1,phone,10
  ]] },
  expect = {
    { metric = "minutes_per_viewer", period = "2026-W02", value = 20.25 },
    { metric = "minutes_per_viewer", period = "2026-W02", device = "web", value = 30.5 },
    { metric = "bounce_share", period = "2026-W02", value = 1 / 3, status = "red" },
  },
}
