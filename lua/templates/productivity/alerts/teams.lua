-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "teams_few" {
  metric   = "active_teams",
  severity = { info = "status == 'yellow'", warning = "status == 'red'" },
  notify   = "team",
  title    = "Few teams finish work",
  summary  = "{value} teams in {period}, the target is {target}",
  runbook  = "https://wiki.example.com/teams", -- what to look at first
}

alert "work_falls" {
  metric   = "tasks_done",
  when     = "value < 0.6 * mean(4)",
  severity = "warning",
  notify   = "team",
  title    = "Less work is done",
  summary  = "{value} tasks done in {period}; {mean_4} are usual",
  runbook  = "https://wiki.example.com/tasks",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "reopened" {
  metric   = "reopened_per_done",
  when     = "status == 'red'",
  clear    = "status == 'green'",              -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = "Work comes back",
  summary  = "{value} of the tasks done in {period} were reopened",
  runbook  = "https://wiki.example.com/reopened",
}
