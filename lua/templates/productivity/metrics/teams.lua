-- Teams that get work done. The unit is the team: it decides, pays and stays together.

local actions  = source "actions"
local done     = actions:where { action = "task_done" }
local reopened = actions:where { action = "task_reopened" }
local teams    = done:distinct "team_id"

nsm "active_teams" {
  value   = teams,
  drivers = { users_per_team = "up", shared_share = "up" },
}

kpi "tasks_per_team" { value = done:count() / teams }
kpi "users_per_team" { value = actions:distinct "user_id" / actions:distinct "team_id" }
kpi "shared_share"   { value = done:share "shared_with > 0" }

guardrail "reopened_per_done" { value = reopened:count() / done:count() }

kgi "tasks_done" { value = done:count(), identity = "active_teams * tasks_per_team" }
