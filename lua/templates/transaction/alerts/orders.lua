-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week is judged once it has ended.

alert "orders_fall" {
  metric   = "completed_orders",
  by       = "channel",
  when     = "value < 0.5 * mean(4)",
  severity = "warning",
  notify   = "team",
  title    = "Orders of a channel fall",
  summary  = "{value} orders by {channel} in {period}; {mean_4} are usual",
  runbook  = "https://wiki.example.com/orders", -- what to look at first
}

alert "order_value_falls" {
  metric   = "order_value",
  severity = { info = 'change "1w" < -0.2', warning = 'change "1w" < -0.4' },
  notify   = "team",
  title    = "Orders are worth less",
  summary  = "{value} per order in {period}, {change_1w} against the week before",
  runbook  = "https://wiki.example.com/order-value",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "cancellations" {
  metric   = "cancel_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",               -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = "Many orders are cancelled",
  summary  = "{value} of the orders of {period} were cancelled",
  runbook  = "https://wiki.example.com/cancellations",
}
