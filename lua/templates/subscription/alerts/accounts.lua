-- Who is told when a number gives way: 'cynosure alerts run' evaluates these rules, from cron or a
-- timer; 'cynosure alerts' shows what fires. A week, or a month, is judged once it has ended.

alert "use_falls" {
  metric   = "uses_per_account",
  severity = { info = 'change "1w" < -0.1', warning = 'change "1w" < -0.3' },
  notify   = "team",
  title    = { en = "Accounts use it less", ja = "アカウントあたり利用の減少" },
  summary  = {
    en = "{value} uses per account in {period}, {change_1w} against the week before",
    ja = "{period}はアカウントあたり{value}回（前週比{change_1w}）",
  },
  runbook  = "https://wiki.example.com/use", -- what to look at first
}

-- Two weeks in a row: one may be a holiday.
alert "accounts_few" {
  metric   = "active_accounts",
  when     = "status == 'red'",
  hold     = "1w",
  severity = "critical",
  notify   = "team",
  title    = { en = "Few accounts use it", ja = "利用アカウントが少ない" },
  summary  = {
    en = "{value} accounts in {period}, the target is {target}",
    ja = "{period}は{value}アカウント（目標{target}）",
  },
  runbook  = "https://wiki.example.com/accounts",
}

-- A guardrail is there for the moment in which nobody is looking.
alert "refunds" {
  metric   = "refund_share",
  when     = "status == 'red'",
  clear    = "status == 'green'",            -- yellow is not yet good enough
  severity = "warning",
  notify   = "team",
  title    = { en = "Many payments are refunded", ja = "返金が多い" },
  summary  = {
    en = "{value} of the payments of {period} were refunded",
    ja = "{period}の支払いの{value}が返金された",
  },
  runbook  = "https://wiki.example.com/refunds",
}
