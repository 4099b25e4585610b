-- 'cynosure test' gives rules and metrics these values, and holds them against what is expected. A
-- week is judged once it has ended: 2026-01-12 is the Monday after the week from 2026-01-05.

test "a channel whose orders fall is told, and no other" {
  series = { completed_orders = { from = "2026-01-05",
    { channel = "ads", "20x3 5 20" },
    { channel = "mail", "10x5" } } },
  expect = {
    { at = "2026-02-02", alert = "orders_fall", state = "inactive" },
    { at = "2026-02-09", alert = "orders_fall", channel = "ads", state = "firing",
      message = "5 orders by ads …" },
    { at = "2026-02-09", alert = "orders_fall", count = 1 },
    { at = "2026-02-16", alert = "orders_fall", channel = "ads", state = "resolved" },
  },
}

test "orders that are worth less and less" {
  series = { order_value = { from = "2026-01-05", "40 40 30 15" } },
  expect = {
    { at = "2026-01-19", alert = "order_value_falls", state = "inactive" },
    { at = "2026-01-26", alert = "order_value_falls", state = "firing", severity = "info" },
    { at = "2026-02-02", alert = "order_value_falls", state = "firing", severity = "warning" },
  },
}

test "cancellations go on until they are green" {
  series = { cancel_share = { from = "2026-01-05", "0.02 0.2 0.08 0.01" } },
  expect = {
    { at = "2026-01-19", alert = "cancellations", state = "firing" },
    { at = "2026-01-26", alert = "cancellations", state = "firing" },
    { at = "2026-02-02", alert = "cancellations", state = "resolved" },
  },
}

-- Rows in place of the data: the formulas, counted by hand.
test "only completed orders count" {
  rows = { orders = [[
    time,order_id,customer_id,channel,status,amount
    2026-01-05 10:00:00,1,c1,ads,completed,10.50
    2026-01-06 10:00:00,2,c1,ads,completed,9.50
    2026-01-07 10:00:00,3,c2,mail,cancelled,99
  ]] },
  expect = {
    { metric = "completed_orders", period = "2026-W02", value = 2 },
    { metric = "order_value", period = "2026-W02", value = 10 },
    { metric = "orders_per_buyer", period = "2026-W02", value = 2 },
    { metric = "cancel_share", period = "2026-W02", value = 1 / 3, status = "red" },
  },
}
