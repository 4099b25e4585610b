-- R's quantile(x, p, type): the nine types of Hyndman and Fan, each at the same fourteen points.
local points = {
  "0", "0.01", "0.05", "0.1", "0.25", "0.333", "0.5", "0.7", "0.75", "0.9", "0.95", "0.99", "0.999",
  "1",
}
local vectors = source "vectors"
local empty = vectors:where { vector = "empty" }   -- has no rows, and so no segment of its own

for type = 1, 9 do
  for _, point in ipairs(points) do
    local name = ("%d_%s"):format(type, (point:gsub("%.", "_")))
    local p = tonumber(point) * 100
    metric("quantile_" .. name) { value = vectors:p(p, "value", { type = type }) }
    metric("empty_" .. name)    { value = empty:p(p, "value", { type = type }) }
  end
end
