alert "conversion_drop" {
  metric = "conversion", by = { "channel" }, when = "value < 0.25", hold = "1d",
  summary = { ja = "{channel} の購入率が {value} です", en = "Conversion of {channel} is {value}" },
}
alert "unused" { metric = "conversion", when = "value > 1" }
