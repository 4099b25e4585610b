-- The rules of alerts/growth.lua under a false clock: cynosure test

test "aha_drop fires in the second bad week, and clears only well above what raised it" {
  series = { aha_rate = { from = "2025-10-06",
    { channel = "ads", "0.5x11 0.3 0.32 0.4 0.35 0.36 0.46" },
    { channel = "organic", "0.5x11 0.3 0.5x4" } } },
  expect = {
    { at = "2026-01-05", alert = "aha_drop", channel = "ads", state = "pending" },
    { at = "2026-01-12", alert = "aha_drop", channel = "ads", state = "firing",
      severity = "warning", message = "adsのAha到達率は32.0%（12週平均46.8%）" },
    { at = "2026-01-19", alert = "aha_drop", channel = "ads", state = "firing" },
    { at = "2026-02-02", alert = "aha_drop", channel = "ads", state = "firing" },
    { at = "2026-02-09", alert = "aha_drop", channel = "ads", state = "resolved" },
    { at = "2026-01-05", alert = "aha_drop", channel = "organic", state = "pending" },
    { at = "2026-01-12", alert = "aha_drop", channel = "organic", state = "inactive" },
  },
}

test "ttv_slow gets worse" {
  series = { ttv_p95 = { from = "2025-10-06", "80x10 130 200 90" } },
  expect = {
    { at = "2025-12-29", alert = "ttv_slow", state = "firing", severity = "warning",
      message = "95%が価値を感じるまで130時間かかった（12週平均84.17時間）" },
    { at = "2026-01-05", alert = "ttv_slow", state = "firing", severity = "critical" },
    { at = "2026-01-12", alert = "ttv_slow", state = "resolved" },
  },
}

test "nsm_red needs two red weeks" {
  series = { lessons_per_learner = { from = "2026-01-05", "3.6 3.0 3.6 3.0 3.1" } },
  expect = {
    { at = "2026-01-19", alert = "nsm_red", state = "pending" },
    { at = "2026-01-26", alert = "nsm_red", state = "inactive" },
    { at = "2026-02-02", alert = "nsm_red", state = "pending" },
    { at = "2026-02-09", alert = "nsm_red", state = "firing", severity = "critical" },
  },
}

test "completion_low takes the worse of two thresholds" {
  series = { completion_rate = { from = "2026-01-05", "0.85 0.80 0.80 0.75" } },
  expect = {
    { at = "2026-01-26", alert = "completion_low", state = "firing", severity = "warning" },
    { at = "2026-02-02", alert = "completion_low", state = "firing", severity = "critical" },
  },
}

test "revenue_odd sees both directions" {
  series = { revenue = { from = "2026-01-05", "50000 52000 49000 51000 50500 49500 90000" } },
  expect = {
    { at = "2026-02-16", alert = "revenue_odd", state = "inactive" },
    { at = "2026-02-23", alert = "revenue_odd", state = "firing", severity = "info" },
  },
}

test "data_old fires when nothing comes for a day and a half" {
  series = { active_users = { from = "2026-01-05", "600" } },
  expect = {
    { at = "2026-01-13 11:00", alert = "data_old", state = "inactive" },
    { at = "2026-01-13 13:00", alert = "data_old", state = "firing", severity = "critical" },
  },
}
