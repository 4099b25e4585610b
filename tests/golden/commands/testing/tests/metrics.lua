test "revenue is what was paid" {
  rows = { events = [[
    time,user,event,channel,amount
    2026-01-05 10:00,u1,paid,ads,10.50
    2026-01-06 10:00,u2,paid,seo,4
    2026-01-12 10:00,u3,paid,ads,7
  ]] },
  expect = {
    { metric = "revenue", period = "2026-W02", value = 14.5, status = "green" },
    { metric = "revenue", period = "2026-W02", channel = "ads", value = 10.5 },
    { metric = "revenue", period = "2026-W03", value = 7, status = "yellow" },
    { metric = "revenue", period = "2026-01", value = 21.5 },
    { metric = "conversion", period = "2026-01-07", value = "missing" },
  },
}

test "the project's own rows" {
  expect = { { metric = "revenue", period = "2026-W02", value = 10.5 } },
}

test "a rule over rows" {
  rows = { events = [[
    time,user,event,channel,amount
    2026-01-05 10:00,u1,paid,ads,10.50
    2026-01-06 10:00,u2,signup,ads,
  ]] },
  expect = {
    { at = "2026-01-06", alert = "no_conversion", state = "inactive", value = 1 },
    { at = "2026-01-07", alert = "no_conversion", state = "firing", value = 0 },
  },
}
