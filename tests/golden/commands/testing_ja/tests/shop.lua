test "購入率が下がると発火する" {
  series = { conversion = { from = "2026-01-05", { channel = "広告", "0.3x2 0.2x3" } } },
  expect = {
    { at = "2026-01-10", alert = "conversion_drop", channel = "広告", state = "firing",
      message = "広告 の購入率が 20.0% です" },
  },
}

test "間違った期待" {
  series = { conversion = { from = "2026-01-05", { channel = "広告", "0.3x2 0.2x3" } } },
  expect = {
    { at = "2026-01-09", alert = "conversion_drop", channel = "広告", state = "firing" },
    { at = "2026-01-10", alert = "conversion_drop", channel = "広告", message = "広告 の購入率は …" },
  },
}
