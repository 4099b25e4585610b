-- Who is told when a number gives way. A week is judged once it is over, on Monday at midnight;
-- what is good enough is in kpis.yaml, what to look at first in runbooks.md.

-- A channel is held against itself: of those whom ads bring, fewer ever get there. Two weeks in a
-- row, because a channel with thirty signups has a bad week by chance alone.
alert "aha_drop" {
  metric   = "aha_rate",
  by       = "channel",
  when     = "value < drop * mean(12)",
  clear    = "value >= 0.9 * mean(12)",      -- nearly what it was, so that it does not flutter
  params   = { drop = 0.8 },                 -- for backtest --set drop=0.6..0.9:0.05
  every    = "1w",
  hold     = "1w",
  severity = "warning",
  depends  = "data_old",
  notify   = "growth",
  title    = { ja = "Aha到達率の低下", en = "Aha rate is low" },
  summary  = { ja = "{channel}のAha到達率は{value}（12週平均{mean_12}）",
               en = "Aha rate of {channel} is {value}; the mean of twelve weeks is {mean_12}" },
  runbook  = "runbooks.md#aha",
}

-- Around holidays people sign up and begin a week later: New Year and Golden Week can be seen.
alert "ttv_slow" {
  metric   = "ttv_p95",
  severity = { warning = "value > slow * mean(12)", critical = "value > 2 * mean(12)" },
  params   = { slow = 1.4 },
  notify   = "growth",
  title    = { ja = "価値実感まで時間がかかっている", en = "Time to value is long" },
  summary  = { ja = "95%が価値を感じるまで{value}かかった（12週平均{mean_12}）",
               en = "p95 is {value}; the mean of twelve weeks is {mean_12}" },
  runbook  = "runbooks.md#ttv",
}

-- Two red weeks in a row are no accident; one may be a holiday.
alert "nsm_red" {
  metric   = "lessons_per_learner",
  when     = "status == 'red'",
  every    = "1w",
  hold     = "1w",
  severity = "critical",
  depends  = "data_old",                     -- without data every number is red
  notify   = { "growth", "lead" },
  title    = { ja = "NSMが2週続けて赤", en = "The North Star is red for two weeks" },
  summary  = { ja = "{metric}は{value}、目標は{target}", en = "{metric} is {value}, target {target}" },
  runbook  = "runbooks.md#nsm",
}

alert "completion_low" {
  metric   = "completion_rate",
  severity = { warning = "status == 'yellow'", critical = "status == 'red'" },
  every    = "1w",
  hold     = "1w",
  notify   = "growth",
  title    = { ja = "レッスンが途中で終わっている", en = "Lessons are not finished" },
  summary  = { ja = "完了率は{value}（前週から{change_1w}）", en = "{value} finished, {change_1w}" },
  runbook  = "runbooks.md#completion",
}

-- Far from what twelve weeks have been like, in either direction; worth a look, and no more.
alert "revenue_odd" {
  metric   = "revenue",
  when     = "mad(12) > 3.5 or mad(12) < -3.5",   -- neither before there are twelve
  severity = "info",
  notify   = "growth",
  title    = { ja = "売上がいつもと違う", en = "Revenue is unusual" },
  summary  = { ja = "売上は{value}（12週平均{mean_12}）",
               en = "Revenue is {value}; the mean of twelve weeks is {mean_12}" },
}

-- Whether there is anything to judge at all.
alert "data_old" {
  metric   = "active_users",
  every    = "1h",
  when     = "age > 36 * 3600",
  severity = "critical",
  notify   = "lead",
  title    = { ja = "データが届いていない", en = "Data do not arrive" },
  summary  = { ja = "最後のイベントは{age}前", en = "The last event is {age} old" },
  runbook  = "runbooks.md#data",
}
