-- Revenue as a tree: orders × items per order × price per item (trees.py asks).
local money = source "order_money"

metric "sold_orders"     { value = money:count() }
metric "sold_items"      { value = money:sum "n_items" }
metric "basket_items" { value = money:sum "n_items" / money:count() }
metric "item_price"  { value = money:sum "items" / 100 / money:sum "n_items" }

kgi "goods" {
  value    = money:sum "items" / 100,
  identity = "sold_orders * basket_items * item_price",
}

-- What was paid holds freight, too: that is the identity's residual.
metric "paid_goods" {
  value    = money:sum "paid" / 100,
  identity = "sold_orders * basket_items * item_price",
}

-- With freight as a part of its own only the orders remain whose payments and items differ.
metric "shipping" { value = money:sum "freight" / 100 }
metric "paid_all" {
  value    = money:sum "paid" / 100,
  identity = "goods + shipping",
}
