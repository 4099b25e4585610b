alert "conversion_drop" {
  metric = "conversion", by = { "channel" },
  when = "value < 0.25", clear = "value > 0.28", hold = "1d", keep = "1d",
  severity = { warning = "value < 0.25", critical = "value < 0.1" },
  summary = "Conversion of {channel} is {value} ({severity})",
}

alert "no_conversion" { metric = "conversion", when = "value < 0.01", no_data = "fire" }

alert "paid_nothing" { metric = "revenue", when = "value < 1" }
