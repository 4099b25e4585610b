-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "minutes_fall" {
  metric   = "minutes_per_viewer",
  when     = 'change "1w" < -0.2',
  severity = "warning",
  notify   = "team",
  title    = "Watch time per viewer falls",
  summary  = "{value} per viewer in {period}, {change_1w} against the week before",
  runbook  = "https://wiki.example.com/minutes", -- what to look at first
}

alert "viewers_few" {
  metric   = "viewers",
  severity = { info = "status == 'yellow'", warning = "status == 'red'" },
  notify   = "team",
  title    = "Few viewers",
  summary  = "{value} viewers in {period}, the target is {target}",
  runbook  = "https://wiki.example.com/viewers",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "bounces" {
  metric   = "bounce_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",                -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = "Too many leave within a minute",
  summary  = "{value} of the views of {period} ended within a minute",
  runbook  = "https://wiki.example.com/bounces",
}
