-- The column that the team reads every Monday:
-- NSM → Aha% → time to value → D1 → conversion → revenue.
-- Names, owners, units and targets are in kpis.yaml; what each event means, in dictionary.yaml.

local events = source "events"

local signups   = events:where { event = "signup" }
local starts    = events:where { event = "lesson_start" }
local lessons   = events:where { event = "lesson_done" }
local ahas      = events:where { event = "aha_action_done" }
local purchases = events:where { event = "purchase" }

nsm "lessons_per_learner" {
  value   = lessons:count() / events:distinct "user_id",
  drivers = { aha_rate = "up", ttv_p95 = "down", d1 = "up" },
}

-- Leading indicators -----------------------------------------------------------------------------

metric "signups" { value = signups:distinct "user_id" }

-- Who reached the aha action this week, over who signed up this week: known on Monday morning. The
-- two are not quite the same people: somebody who signed up on Sunday gets there on Monday, in the
-- next week's numerator. The cohorts below count each learner with their own signup.
kpi "aha_rate" { value = ahas:distinct "user_id" / signups:distinct "user_id" }

-- Every row carries its learner's signup_at, and each learner has at most one aha row: so the time
-- to value is a difference of two columns (timestamps are seconds), seen when the aha happens.
local ttv = ahas:derive { hours = "(time - signup_at) / 3600" }
metric "ttv_p50" { value = ttv:p(50, "hours") }
kpi "ttv_p95" { value = ttv:p(95, "hours") }

-- Learners who are back on the day after their signup, by calendar days in Tokyo, over this week's
-- signups.
local next_day = events:where "date(time) - date(signup_at) == 1"
kpi "d1" { value = next_day:distinct "user_id" / signups:distinct "user_id" }

-- The same by cohort: the week is that of the signup. A week is immature, and has no status yet,
-- until everybody in it has had the time to get there.
local journey = events:journey {
  entity = "user_id",
  steps  = { "event == 'signup'", "event == 'aha_action_done'" },
  within = "14d",
}
metric "aha_within_14d" { value = journey:rate() }

local keep = events:retention { entity = "user_id", start = "event == 'signup'" }
metric "retained_w1" { value = keep:at "1w" }

-- What must not give way while the rest grows.
guardrail "completion_rate" { value = lessons:count() / starts:count() }

-- Results ----------------------------------------------------------------------------------------

kpi "active_users" { value = events:distinct "user_id", drivers = { signups = "up" } }
kpi "cvr"          { value = purchases:distinct "user_id" / events:distinct "user_id" }
kpi "price"        { value = purchases:sum "amount" / purchases:distinct "user_id" }

kgi "revenue" {
  value    = purchases:sum "amount",
  identity = "active_users * cvr * price",
  drivers  = { lessons_per_learner = "up", aha_rate = "up", ttv_p95 = "down", d1 = "up" },
}
