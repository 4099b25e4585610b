-- 'cynosure test' gives rules and metrics these values, and holds them against what is expected. A
-- week is judged once it has ended: 2026-01-12 is the Monday after the week from 2026-01-05.

test "a fall of use gets worse" {
  series = { uses_per_account = { from = "2026-01-05", "1.5 1.5 1.2 0.7" } },
  expect = {
    { at = "2026-01-19", alert = "use_falls", state = "inactive" },
    { at = "2026-01-26", alert = "use_falls", state = "firing", severity = "info" },
    { at = "2026-02-02", alert = "use_falls", state = "firing", severity = "warning" },
  },
}

test "one week with few accounts may be a holiday" {
  series = { active_accounts = { from = "2026-01-05", "26 10 26 10 12" } },
  expect = {
    { at = "2026-01-19", alert = "accounts_few", state = "pending" },
    { at = "2026-01-26", alert = "accounts_few", state = "inactive" },
    { at = "2026-02-02", alert = "accounts_few", state = "pending" },
    { at = "2026-02-09", alert = "accounts_few", state = "firing", severity = "critical" },
  },
}

test "refunds go on until they are green" {
  series = { refund_share = { from = "2026-01", "0.02 0.2 0.08 0.01" } },
  expect = {
    { at = "2026-02-01", alert = "refunds", state = "inactive" },
    { at = "2026-03-01", alert = "refunds", state = "firing" },
    { at = "2026-04-01", alert = "refunds", state = "firing" },
    { at = "2026-05-01", alert = "refunds", state = "resolved" },
  },
}

-- Rows in place of the data: the formulas, counted by hand.
test "what is paid, without refunds" {
  rows = { payments = [[
    date,account_id,plan,kind,amount
    2026-01-05,a1,basic,new,19
    2026-01-20,a2,pro,renewal,49
    2026-01-21,a2,pro,refund,-49
  ]] },
  expect = {
    { metric = "revenue", period = "2026-01", value = 19 },
    { metric = "revenue", period = "2026-01", plan = "pro", value = 0 },
    { metric = "paying_accounts", period = "2026-01", value = 2 },
    { metric = "new_accounts", period = "2026-01", value = 1 },
    { metric = "refund_share", period = "2026-01", value = 1 / 3, status = "red" },
  },
}
