-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "orders_fall" {
  metric   = "completed_orders",
  by       = "channel",
  when     = "value < 0.5 * mean(4)",
  severity = "warning",
  notify   = "team",
  title    = { en = "Orders of a channel fall", ja = "チャネルの注文の減少" },
  summary  = {
    en = "{value} orders by {channel} in {period}; {mean_4} are usual",
    ja = "{period}の{channel}の注文は{value}件（通常は{mean_4}件）",
  },
  runbook  = "https://wiki.example.com/orders", -- what to look at first
}

alert "order_value_falls" {
  metric   = "order_value",
  severity = { info = 'change "1w" < -0.2', warning = 'change "1w" < -0.4' },
  notify   = "team",
  title    = { en = "Orders are worth less", ja = "注文単価の低下" },
  summary  = {
    en = "{value} per order in {period}, {change_1w} against the week before",
    ja = "{period}は注文あたり{value}（前週比{change_1w}）",
  },
  runbook  = "https://wiki.example.com/order-value",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "cancellations" {
  metric   = "cancel_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",               -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = { en = "Many orders are cancelled", ja = "注文の取り消しが多い" },
  summary  = {
    en = "{value} of the orders of {period} were cancelled",
    ja = "{period}の注文の{value}が取り消された",
  },
  runbook  = "https://wiki.example.com/cancellations",
}
