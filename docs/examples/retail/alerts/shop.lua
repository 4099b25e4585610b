-- Three rules. A month is judged once it has ended; cynosure alerts run says what fires.

alert "revenue_behind" {
  metric   = "revenue",
  severity = { warning = "value < 0.8 * target", critical = "value < 0.5 * target" },
  notify   = "finance",
  title    = "Revenue is behind its target",
  summary  = "{metric} of {period} is {value}, the target {target}; {change_1y} in a year",
  runbook  = "https://wiki.example.com/shop/revenue",
}

-- If orders grow because giveaways do, nothing has grown.
alert "giveaways" {
  metric   = "zero_value_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",          -- yellow is not yet good enough
  severity = "warning",
  notify   = "finance",
  title    = "Too many orders are worth nothing",
  summary  = "{value} of the orders of {period} are worth nothing",
  runbook  = "https://wiki.example.com/shop/giveaways",
}

-- The till reports every day but Sunday.
alert "till_silent" {
  metric   = "orders",
  every    = "1d",
  at       = "9h",
  when     = "age > days * 86400",
  params   = { days = 2 },
  severity = "critical",
  notify   = "finance",
  title    = "The till is silent",
  summary  = "The last order is {age} old",
  runbook  = "https://wiki.example.com/shop/till",
}
