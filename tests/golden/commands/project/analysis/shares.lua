-- Shares of each channel in a period's rows, as records of one's own.
local events = source "events"
local at = arg[1]
local total, records = 0, {}
for _, p in ipairs(values(events:count(), { by = "channel", at = at, grain = "week" })) do
  total = total + (p.value or 0)
  records[#records + 1] = { channel = p.segment.channel or "(none)", rows = p.value }
end
for _, r in ipairs(records) do r.share = r.rows / total end
print(at, #arg)
show(records, { columns = { "channel", "rows", "share" } })
