-- The rules of alerts/shop.lua under a false clock: cynosure test

test "revenue_behind is about the target of the sheet" {
  series = { revenue = { from = "1997-02", "100000x11 70000 40000 80000" } },
  expect = {
    { at = "1998-02-01", alert = "revenue_behind", state = "inactive" },
    { at = "1998-03-01", alert = "revenue_behind", state = "firing", severity = "warning",
      message = "Revenue of 1998-02 is $70,000.00, the target $100,000.00; -30.0 % in a year" },
    { at = "1998-04-01", alert = "revenue_behind", state = "firing", severity = "critical" },
    { at = "1998-05-01", alert = "revenue_behind", state = "resolved" },
  },
}

test "giveaways goes on until they are green again" {
  series = { zero_value_share = { from = "1998-01", "0.001 0.006 0.004 0.001" } },
  expect = {
    { at = "1998-02-01", alert = "giveaways", state = "inactive" },
    { at = "1998-03-01", alert = "giveaways", state = "firing" },
    { at = "1998-04-01", alert = "giveaways", state = "firing" },
    { at = "1998-05-01", alert = "giveaways", state = "resolved" },
  },
}

test "till_silent fires on the third morning" {
  series = { orders = { from = "1998-05", "2000" } },
  expect = {
    { at = "1998-06-02 09:00", alert = "till_silent", state = "inactive" },
    { at = "1998-06-03 09:00", alert = "till_silent", state = "firing", severity = "critical" },
  },
}
