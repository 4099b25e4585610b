-- What stood behind the largest fall in monthly revenue?
--
--   cynosure -C docs/examples/retail run docs/examples/retail/analysis/drop.lua [MONTHS]

local purchases = source "purchases"
local months    = tonumber(arg[1]) or 12

-- values() evaluates, and gives Lua tables: from here on it is a program like any other.
local revenue = values(metric.revenue, { grain = "month", last = months })
local worst
for _, month in ipairs(revenue) do
  if month.previous and (not worst or month.value - month.previous < worst.change) then
    worst = { period = month.period, change = month.value - month.previous }
  end
end
print(("Largest fall: %s, %.2f\n"):format(worst.period, worst.change))

-- The three factors of revenue in that month, beside the month before.
show({ metric.active_customers, metric.orders_per_customer, metric.aov },
  { grain = "month", at = worst.period })

-- And by size of basket: a table of one's own.
print()
local sizes = {
  { name = "one CD", rows = purchases:where "quantity == 1" },
  { name = "two", rows = purchases:where "quantity == 2" },
  { name = "three or more", rows = purchases:where "quantity >= 3" },
}
local lines = {}
for i, size in ipairs(sizes) do
  local month = values(size.rows:sum "amount", { grain = "month", at = worst.period })[1]
  lines[i] = { basket = size.name, revenue = month.value, change = month.value - month.previous }
end
show(lines, { columns = { "basket", "revenue", "change" } })
