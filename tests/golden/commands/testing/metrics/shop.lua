local events = source "events"

metric "conversion" { value = events:share "event == 'paid'", grain = "day", unit = "%" }
metric "revenue" {
  value = events:sum "amount", grain = "week", direction = "up",
  thresholds = { green = 10, yellow = 5 },
}
