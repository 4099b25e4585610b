test "a drop is pending for a day, fires, and recovers for a day" {
  series = {
    conversion = { from = "2026-01-05",
      { channel = "ads", "0.3x2 0.2x1 0.05 0.27 0.3x4" },
      { channel = "seo", "0.3x8" } },
  },
  expect = {
    { at = "2026-01-08", alert = "conversion_drop", channel = "ads", state = "inactive" },
    { at = "2026-01-09", alert = "conversion_drop", channel = "ads", state = "pending",
      value = 0.2 },
    { at = "2026-01-09 23:59", alert = "conversion_drop", channel = "ads", state = "pending" },
    { at = "2026-01-10", alert = "conversion_drop", channel = "ads", state = "firing",
      severity = "warning", message = "Conversion of ads is 20.0 % (warning)" },
    { at = "2026-01-11", alert = "conversion_drop", channel = "ads", severity = "critical",
      message = "… 5.0 % (critical)" },
    { at = "2026-01-12", alert = "conversion_drop", channel = "ads", state = "firing" },
    { at = "2026-01-13", alert = "conversion_drop", channel = "ads", state = "recovering" },
    { at = "2026-01-14", alert = "conversion_drop", channel = "ads", state = "resolved" },
    { at = "2026-01-14", alert = "conversion_drop", channel = "seo", state = "inactive" },
    { at = "2026-01-11", alert = "conversion_drop", count = 1 },
  },
}

test "nothing to see is worse than bad values" {
  series = { conversion = { from = "2026-01-05", "0.3x1 _ 0.3" } },
  expect = {
    { at = "2026-01-07", alert = "no_conversion", state = "inactive", health = "ok" },
    { at = "2026-01-08", alert = "no_conversion", state = "firing", health = "no data",
      value = "missing" },
    { at = "2026-01-09", alert = "no_conversion", state = "resolved", value = 0.3 },
  },
}
