-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "teams_few" {
  metric   = "active_teams",
  severity = { info = "status == 'yellow'", warning = "status == 'red'" },
  notify   = "team",
  title    = { en = "Few teams finish work", ja = "作業を終えるチームが少ない" },
  summary  = {
    en = "{value} teams in {period}, the target is {target}",
    ja = "{period}は{value}チーム（目標{target}）",
  },
  runbook  = "https://wiki.example.com/teams", -- what to look at first
}

alert "work_falls" {
  metric   = "tasks_done",
  when     = "value < 0.6 * mean(4)",
  severity = "warning",
  notify   = "team",
  title    = { en = "Less work is done", ja = "完了した作業の減少" },
  summary  = {
    en = "{value} tasks done in {period}; {mean_4} are usual",
    ja = "{period}の完了は{value}件（通常は{mean_4}件）",
  },
  runbook  = "https://wiki.example.com/tasks",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "reopened" {
  metric   = "reopened_per_done",
  when     = "status == 'red'",
  clear    = "status == 'green'",              -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = { en = "Work comes back", ja = "差し戻しが多い" },
  summary  = {
    en = "{value} of the tasks done in {period} were reopened",
    ja = "{period}に完了した作業の{value}が再開された",
  },
  runbook  = "https://wiki.example.com/reopened",
}
