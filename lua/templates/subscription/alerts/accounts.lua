-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week, or a month, is judged once it has ended.

alert "use_falls" {
  metric   = "uses_per_account",
  severity = { info = 'change "1w" < -0.1', warning = 'change "1w" < -0.3' },
  notify   = "team",
  title    = "Accounts use it less",
  summary  = "{value} uses per account in {period}, {change_1w} against the week before",
  runbook  = "https://wiki.example.com/use", -- what to look at first
}

-- Two weeks in a row: one may be a holiday.
alert "accounts_few" {
  metric   = "active_accounts",
  when     = "status == 'red'",
  hold     = "1w",
  severity = "critical",
  notify   = "team",
  title    = "Few accounts use it",
  summary  = "{value} accounts in {period}, the target is {target}",
  runbook  = "https://wiki.example.com/accounts",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "refunds" {
  metric   = "refund_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",            -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = "Many payments are refunded",
  summary  = "{value} of the payments of {period} were refunded",
  runbook  = "https://wiki.example.com/refunds",
}
