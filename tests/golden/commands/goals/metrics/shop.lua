local months = source "months"

nsm "orders" {
  value    = months:sum "orders",
  identity = "visitors * cvr",
}
metric "visitors"   { value = months:sum "visitors" }
metric "cvr"        { value = months:sum "orders" / months:sum "visitors" }
metric "returns"    { value = months:sum "returns" / months:sum "orders" }
metric "tickets"    { value = months:sum "tickets" }
metric "broken"     { value = months:sum "ordres" }
