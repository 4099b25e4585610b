local items, payments = source "items", source "payments"

metric "items"          { value = items:count() }
metric "sellers"        { value = items:distinct "seller_id" }
metric "products"       { value = items:distinct "product_id" }
metric "item_revenue"   { value = items:sum "price" }
metric "freight"        { value = items:sum "freight_value" }
metric "freight_share"  { value = metric.freight / metric.item_revenue }
metric "items_per_order" { value = items:count() / items:distinct "order_id" }

local paid = payments:sum "payment_value"
metric "payments"          { value = payments:count() }
metric "paid_orders"       { value = payments:distinct "order_id" }
metric "revenue"           { value = paid }
metric "aov"               { value = paid / payments:distinct "order_id" }
metric "mean_installments" { value = payments:mean "payment_installments" }

-- A part over the whole: one metric per kind of payment, made in a loop.
for _, kind in ipairs { "boleto", "credit_card", "debit_card", "not_defined", "voucher" } do
  local part = payments:where { payment_type = kind }
  metric("share_" .. kind) { value = part:sum "payment_value" / paid }
end

-- From the joined source, in cents; divided by 100 at the end.
local money = source "order_money"
metric "month_orders"       { value = money:count() }
metric "month_revenue"      { value = money:sum "paid" / 100 }
metric "month_aov"          { value = money:sum "paid" / 100 / money:count() }
metric "month_item_revenue" { value = money:sum "items" / 100 }
metric "month_freight"      { value = money:sum "freight" / 100 }
metric "paid_with_items"    { value = money:where "has_items == 1":sum "paid" / 100 }
metric "no_items"           { value = money:where "has_items == 0":count() }
metric "no_payment"         { value = money:where "has_payment == 0":count() }
metric "differ" {
  value = money
    :where "has_items == 1 and has_payment == 1"
    :where(function(row)
      local gap = row.paid - row.items - row.freight
      return gap > 1 or gap < -1
    end)
    :count(),
}

local with_payment = money:where "has_payment == 1"
metric "state_orders"  { value = with_payment:count() }
metric "state_revenue" { value = with_payment:sum "paid" / 100 }
metric "state_aov"     { value = with_payment:sum "paid" / 100 / with_payment:count() }

-- An order is paid in several ways: its value is their sum.
local order_value = payments:per "order_id":sum "payment_value"
for _, p in ipairs { 25, 50, 75, 90, 95, 99 } do
  metric("order_value_p" .. p) { value = order_value:p(p) }
end
