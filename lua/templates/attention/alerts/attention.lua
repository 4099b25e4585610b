-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "minutes_fall" {
  metric   = "minutes_per_viewer",
  when     = 'change "1w" < -0.2',
  severity = "warning",
  notify   = "team",
  title    = { en = "Watch time per viewer falls", ja = "視聴者あたり視聴時間の低下" },
  summary  = {
    en = "{value} per viewer in {period}, {change_1w} against the week before",
    ja = "{period}は視聴者あたり{value}（前週比{change_1w}）",
  },
  runbook  = "https://wiki.example.com/minutes", -- what to look at first
}

alert "viewers_few" {
  metric   = "viewers",
  severity = { info = "status == 'yellow'", warning = "status == 'red'" },
  notify   = "team",
  title    = { en = "Few viewers", ja = "視聴者が少ない" },
  summary  = {
    en = "{value} viewers in {period}, the target is {target}",
    ja = "{period}の視聴者は{value}（目標{target}）",
  },
  runbook  = "https://wiki.example.com/viewers",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "bounces" {
  metric   = "bounce_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",                -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = { en = "Too many leave within a minute", ja = "1分以内の離脱が多い" },
  summary  = {
    en = "{value} of the views of {period} ended within a minute",
    ja = "{period}の視聴の{value}が1分以内に終了",
  },
  runbook  = "https://wiki.example.com/bounces",
}
