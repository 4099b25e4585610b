-- NRR, LTV and CAC as trees (trees.py asks).
local spend = source "spend"

kgi "nrr_tree" {
  value    = metric.nrr,
  identity = "(start + expansion - contraction - churn) / start",
}

-- The balance as it moved: what each flow of the month made of it.
metric "mrr_moved" {
  value     = metric.finish,
  identity  = "start + new_mrr + reactivation + expansion - contraction - churn",
  decompose = "movement",
}

metric "margin" { value = 0.8 } -- agreed on, not measured
metric "ltv"    { value = metric.arpa * metric.margin / metric.logo_churn }

metric "spent"  { value = spend:sum "spend_cents" }
metric "cac"    { value = metric.spent / metric.c_new }
metric "ltv_to_cac" { value = metric.ltv / metric.cac }
