local orders = source "orders"
metric "orders"  { value = orders:count() }
metric "revenue" { value = orders:sum "amount" }
