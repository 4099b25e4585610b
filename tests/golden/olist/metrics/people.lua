local customers, reviews = source "customers", source "reviews"

metric "customers"        { value = customers:count() }
metric "unique_customers" { value = customers:distinct "customer_unique_id" }

metric "reviews"          { value = reviews:count() }
metric "review_ids"       { value = reviews:distinct "review_id" }
metric "reviewed_orders"  { value = reviews:distinct "order_id" }
metric "mean_score"       { value = reviews:mean "review_score" }
metric "share5"           { value = reviews:share "review_score == 5" }
metric "share12"          { value = reviews:share "review_score <= 2" }
metric "share_comment"    { value = reviews:share "review_comment_message ~= nil" }

local judged = source "order_reviews"
metric "judged"       { value = judged:count() }
metric "judged_score" { value = judged:mean "score" }

-- People and their orders; a cohort is the month of the first one.
local people = source "people"
local orders = people:per "person":count()
metric "buyers"     { value = orders:count() }
metric "repeaters"  { value = orders:where "value >= 2":count() }
metric "rate"       { value = orders:where "value >= 2":count() / orders:count() }
metric "max_orders" { value = orders:max() }
metric "returned"   {
  value = people:retention { entity = "person", start = "true", at = "1m", mode = "unbounded" },
}
