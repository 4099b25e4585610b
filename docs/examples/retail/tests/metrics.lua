-- The formulas of metrics/shop.lua over four purchases, counted by hand.

test "orders, baskets and revenue" {
  rows = { purchases = [[
    customer_id,date,quantity,amount
    00001,1998-01-05,1,10.50
    00001,1998-01-20,3,29.50
    00002,1998-01-21,2,0.00
    00002,1998-02-01,1,5.00
  ]] },
  expect = {
    { metric = "revenue", period = "1998-01", value = 40 },
    { metric = "revenue", period = "1998-Q1", value = 45 },
    { metric = "active_customers", period = "1998-01", value = 2 },
    { metric = "orders_per_customer", period = "1998-01", value = 1.5 },
    { metric = "aov", period = "1998-01", value = 40 / 3 },
    { metric = "big_basket_share", period = "1998-01", value = 1 / 3 },
    { metric = "zero_value_share", period = "1998-01", value = 1 / 3, status = "red" },
    { metric = "order_value_p50", period = "1998-01", value = 10.5 },
    { metric = "aov", period = "1998-03", value = "missing" },
  },
}
