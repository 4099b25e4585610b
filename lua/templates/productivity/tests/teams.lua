-- 'cynosure test' gives rules and metrics these values, and holds them against what is expected. A
-- week is judged once it has ended: 2026-01-12 is the Monday after the week from 2026-01-05.

test "fewer teams are worse" {
  series = { active_teams = { from = "2026-01-05", "11 9 7 12" } },
  expect = {
    { at = "2026-01-12", alert = "teams_few", state = "inactive" },
    { at = "2026-01-19", alert = "teams_few", state = "firing", severity = "info" },
    { at = "2026-01-26", alert = "teams_few", state = "firing", severity = "warning" },
    { at = "2026-02-02", alert = "teams_few", state = "resolved" },
  },
}

test "a week of little work is told" {
  series = { tasks_done = { from = "2026-01-05", "30x3 10" } },
  expect = {
    { at = "2026-02-02", alert = "work_falls", state = "inactive" },
    { at = "2026-02-09", alert = "work_falls", state = "firing",
      message = "10 tasks done in 2026-W06; …" },
  },
}

test "reopened goes on until it is green" {
  series = { reopened_per_done = { from = "2026-01-05", "0.05 0.3 0.15 0.05" } },
  expect = {
    { at = "2026-01-19", alert = "reopened", state = "firing" },
    { at = "2026-01-26", alert = "reopened", state = "firing" },
    { at = "2026-02-02", alert = "reopened", state = "resolved" },
  },
}

-- Rows in place of the data: the formulas, counted by hand.
test "teams that finish work" {
  rows = { actions = [[
    time,team_id,user_id,action,shared_with
    2026-01-05 10:00:00,team1,u1,task_done,2
    2026-01-06 10:00:00,team1,u2,task_done,0
    2026-01-06 11:00:00,team2,u3,task_created,
    2026-01-07 10:00:00,team1,u1,task_reopened,
  ]] },
  expect = {
    { metric = "active_teams", period = "2026-W02", value = 1 },
    { metric = "users_per_team", period = "2026-W02", value = 1.5 },
    { metric = "shared_share", period = "2026-W02", value = 0.5 },
    { metric = "reopened_per_done", period = "2026-W02", value = 0.5, status = "red" },
  },
}
