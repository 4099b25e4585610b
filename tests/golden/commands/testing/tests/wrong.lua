-- Every one of these has to fail, and to say why.
local ads = { channel = "ads", "0.3 0.2x9" }

test "wrong: the time" {
  series = { conversion = { from = "2026-01-05", ads, { channel = "seo", "0.3x9" } } },
  expect = {
    { at = "2026-01-07", alert = "conversion_drop", channel = "ads", state = "firing" },
    { at = "2026-01-08", alert = "conversion_drop", channel = "seo", state = "firing" },
    { at = "2026-01-05", alert = "conversion_drop", channel = "ads", state = "inactive" },
  },
}

test "wrong: everything" {
  series = { conversion = { from = "2026-01-05", ads } },
  expect = { { at = "2026-01-09", alert = "conversion_drop", channel = "ads", state = "resolved",
    severity = "critical", value = 0.3, message = "Conversion of ads was …", health = "no data" } },
}

test "wrong: which of them" {
  series = { conversion = { from = "2026-01-05", ads, { channel = "seo", "0.2x9" } } },
  expect = {
    { at = "2026-01-09", alert = "conversion_drop", state = "firing" },
    { at = "2026-01-09", alert = "conversion_drop", count = 1 },
    { at = "2026-01-07", alert = "conversion_drop", channel = "ads", message = "…" },
  },
}

test "wrong: values" {
  rows = { events = [[
    time,user,event,channel,amount
    2026-01-05 10:00,u1,paid,ads,10.50
  ]] },
  expect = {
    { metric = "revenue", period = "2026-W02", value = 10.6, within = 0.05 },
    { metric = "revenue", period = "2026-W02", channel = "sea", value = 10.5 },
    { metric = "revenue", period = "2026-W02", value = "missing", status = "red" },
  },
}

test "broken: no such alert" {
  series = { conversion = { from = "2026-01-05", "0.3x5" } },
  expect = { { at = "2026-01-07", alert = "conversion_dorp", state = "firing" } },
}

test "broken: no such label" {
  series = { conversion = { from = "2026-01-05", ads } },
  expect = { { at = "2026-01-07", alert = "conversion_drop", chanel = "ads", state = "firing" } },
}

test "broken: no such segment" {
  series = { conversion = { from = "2026-01-05", ads } },
  expect = { { at = "2026-01-07", alert = "conversion_drop", channel = "asd", count = 0 } },
}

test "broken: no such metric" {
  series = { convesion = { from = "2026-01-05", "0.3x5" } },
  expect = { { at = "2026-01-07", alert = "conversion_drop", state = "inactive" } },
}

test "broken: values" {
  series = { conversion = { from = "2026-01-05", "0.3x5 0.2+0.1" } },
  expect = { { at = "2026-01-07", alert = "no_conversion", state = "inactive" } },
}

test "broken: nobody looks" {
  series = { conversion = { from = "2026-01-05", { chanel = "ads", "0.3x5" } } },
  expect = { { at = "2026-01-07", alert = "conversion_drop", state = "inactive" } },
}

test "broken: another grain" {
  series = { conversion = { from = "2026-01-05", grain = "hour", "0.3x5" } },
  expect = { { at = "2026-01-07", alert = "no_conversion", state = "inactive" } },
}

test "broken: no time" {
  series = { conversion = { from = "2026-01-05", "0.3x5" } },
  expect = { { at = "yesterday", alert = "no_conversion", state = "inactive" } },
}

test "broken: a row" {
  rows = { events = [[
    time,user,event,channel,amount
    2026-01-05 10:00,u1,paid,ads,10.50
    yesterday,u1,paid,ads,10.50
  ]] },
  expect = { { metric = "revenue", period = "2026-W02", value = 10.5 } },
}

test "broken: an amount" {
  rows = { events = [[
    time,user,event,channel,amount
    2026-01-05 10:00,u1,paid,ads,10.50
    2026-01-05 10:00,u1,paid,ads,ten
  ]] },
  expect = { { metric = "revenue", period = "2026-W02", value = 10.5 } },
}
