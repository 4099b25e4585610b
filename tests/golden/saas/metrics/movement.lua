-- MRR from the intervals in which a subscription was valid: the waterfall and its ratios.
local subscriptions = source "subscriptions"
local spec = { entity = "customer_id", value = "mrr_cents", from = "valid_from", to = "valid_to" }
local mrr, moved = subscriptions:balance(spec), subscriptions:movement(spec)

local start, finish = moved:opening(), moved:closing()
local gained = moved:new() + moved:reactivation() + moved:expansion()
local lost = moved:contraction() + moved:churn()
metric "start"        { value = start }
metric "new_mrr"      { value = moved:new() }
metric "reactivation" { value = moved:reactivation() }
metric "expansion"    { value = moved:expansion() }
metric "contraction"  { value = moved:contraction() }
metric "churn"        { value = moved:churn() }
metric "finish"       { value = finish }

local customers_start, customers_end = moved:entities "opening", moved:entities "closing"
metric "c_start" { value = customers_start }
metric "c_new"   { value = moved:entities "new" }
metric "c_react" { value = moved:entities "reactivation" }
metric "c_churn" { value = moved:entities "churn" }
metric "c_end"   { value = customers_end }

metric "nrr"            { value = moved:nrr() }
metric "nrr_incl_react" { value = moved:nrr() + moved:reactivation() / start }
metric "grr"            { value = moved:grr() }
metric "logo_churn"     { value = moved:logo_churn() }
metric "gross_churn"    { value = lost / start }
metric "net_churn"      { value = (lost - moved:expansion()) / start }
metric "quick_ratio"    { value = moved:quick_ratio() }
metric "arpa"           { value = finish / customers_end }

-- Between the end of the month and the one twelve months before, whatever happened between.
local stayed = moved:where "opening > 0 and closing > 0":count()
metric "base_mrr" { value = start:rolling "12m" }
metric "now_mrr"  { value = (start + moved:expansion() - lost):rolling "12m" }
metric "nrr12"    { value = moved:nrr():rolling "12m" }
metric "grr12"    { value = moved:grr():rolling "12m" }
metric "logo12"   { value = (stayed / customers_start):rolling "12m" }

-- Three checks: squares of what must be nothing, added up over all months.
local snapshots = source "snapshots":balance { entity = "customer_id", value = "mrr_cents" }
local function never(difference)
  return (difference * difference):over(24, "sum")
end
metric "bad_identity" { value = never(start + gained - lost - finish) }
metric "bad_chain"    { value = never(start - finish:offset(-1)) }
metric "bad_snapshot" { value = never(mrr:total() - snapshots:total()) }

metric "active" { value = mrr:count() }
metric "mrr"    { value = mrr:total() }

metric "change"        { value = finish - finish:offset(-12) }
metric "waterfall_net" { value = (gained - lost):over(12, "sum") }
