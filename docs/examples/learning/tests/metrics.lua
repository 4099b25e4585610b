-- The formulas of metrics/learning.lua over a week of three learners, counted by hand.

test "a week of three learners" {
  rows = { events = [[
    time,user_id,event,lesson_id,amount,channel,plan,country,signup_at
    2026-01-05 10:00:00,u1,signup,,,ads,free,JP,2026-01-05 10:00:00
    2026-01-05 11:00:00,u1,lesson_start,l1,,ads,free,JP,2026-01-05 10:00:00
    2026-01-05 12:00:00,u1,lesson_done,l1,,ads,free,JP,2026-01-05 10:00:00
    2026-01-05 16:00:00,u1,aha_action_done,,,ads,free,JP,2026-01-05 10:00:00
    2026-01-06 09:00:00,u1,purchase,,1200,ads,pro,JP,2026-01-05 10:00:00
    2026-01-06 10:00:00,u2,signup,,,organic,free,JP,2026-01-06 10:00:00
    2026-01-09 10:00:00,u2,lesson_start,l1,,organic,free,JP,2026-01-06 10:00:00
    2026-01-10 10:00:00,u3,lesson_start,l7,,organic,pro,JP,2025-12-01 10:00:00
    2026-01-10 11:00:00,u3,lesson_done,l7,,organic,pro,JP,2025-12-01 10:00:00
  ]] },
  expect = {
    { metric = "lessons_per_learner", period = "2026-W02", value = 2 / 3 },
    { metric = "aha_rate", period = "2026-W02", value = 0.5 },
    { metric = "aha_rate", period = "2026-W02", channel = "ads", value = 1 },
    { metric = "ttv_p95", period = "2026-W02", value = 6 },
    { metric = "d1", period = "2026-W02", value = 0.5 },
    { metric = "completion_rate", period = "2026-W02", value = 2 / 3, status = "red" },
    { metric = "active_users", period = "2026-W02", value = 3 },
    { metric = "cvr", period = "2026-W02", value = 1 / 3 },
    { metric = "revenue", period = "2026-W02", value = 1200 },
  },
}

-- A cohort needs time: before two weeks have passed, nobody is known to have missed the aha action.
test "the aha action within two weeks" {
  rows = { events = [[
    time,user_id,event,lesson_id,amount,channel,plan,country,signup_at
    2026-01-05 10:00:00,u1,signup,,,ads,free,JP,2026-01-05 10:00:00
    2026-01-06 10:00:00,u2,signup,,,ads,free,JP,2026-01-06 10:00:00
    2026-01-18 10:00:00,u1,aha_action_done,,,ads,free,JP,2026-01-05 10:00:00
    2026-01-21 10:00:00,u2,aha_action_done,,,ads,free,JP,2026-01-06 10:00:00
  ]] },
  now = "2026-02-01",
  expect = { { metric = "aha_within_14d", period = "2026-W02", value = 0.5 } },
}
