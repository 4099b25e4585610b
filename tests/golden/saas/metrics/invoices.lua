local invoices = source "invoices"

local function amount(condition)
  return invoices:where(condition):sum "amount_cents"
end
metric "invoices"      { value = invoices:count() }
metric "billed"        { value = amount "status ~= 'void'" }
metric "paid"          { value = amount { status = "paid" } }
metric "refunded"      { value = amount { status = "refunded" } }
metric "uncollectible" { value = amount { status = "uncollectible" } }
metric "cash"          { value = source "receipts":where { status = "paid" }:sum "amount_cents" }

local waits = invoices:where { status = "paid" }:derive { days = "paid_date - issue_date" }
metric "wait_mean" { value = waits:mean "days" }
for _, p in ipairs { 50, 90, 95 } do
  metric("wait_p" .. p) { value = waits:p(p, "days") }
end
