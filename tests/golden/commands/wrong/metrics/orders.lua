local orders = source "orders"

metric "in_a_text" { value = orders:where "amuont > 10":count() }
metric "in_a_function" {
  value = orders:sum(function(r)
    local price = r.amount
    return price * r.part
  end),
}
metric "text_with_number" { value = orders:where "channel == 5":count() }
metric "number_with_text" { value = orders:where { amount = "100" }:count() }
metric "order" { value = orders:where "time >= '2026-10-02'":count() }
metric "right" { value = orders:where "channel ~= nil":count() }
