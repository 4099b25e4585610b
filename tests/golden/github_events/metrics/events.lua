local events = source "events"
local pushes = events:where { type = "PushEvent" }
local pulls  = events:where { type = "PullRequestEvent" }

metric "events"       { value = events:count() }
metric "ids"          { value = events:distinct "id" }
metric "actors"       { value = events:distinct "actor" }
metric "repos"        { value = events:distinct "repo" }
metric "orgs"         { value = events:distinct "org" }
metric "first"        { value = events:min "created_at" }
metric "last"         { value = events:max "created_at" }
metric "pushed_repos" { value = pushes:distinct "repo" }

metric "pushes"           { value = pushes:count() }
metric "commits"          { value = pushes:sum "size" }
metric "distinct_commits" { value = pushes:sum "distinct_size" }
metric "mean_size"        { value = pushes:mean "size" }
metric "empty_pushes"     { value = pushes:where "size == 0":count() }
metric "listed_commits"   { value = pushes:sum "listed" }

metric "pulls"      { value = pulls:count() }
metric "merge_rate" { value = pulls:where { action = "closed" }:share "merged" }

local merged = pulls:where "merged":derive { hours = "(pr_merged_at - pr_created_at) / 3600" }
metric "merged_pulls" { value = merged:count() }
metric "merge_mean"   { value = merged:mean "hours" }
for _, p in ipairs { 25, 50, 75, 90, 95 } do
  metric("merge_p" .. p) { value = merged:p(p, "hours") }
end

local closed = events
  :where { type = "IssuesEvent", action = "closed" }
  :derive { hours = "(issue_closed_at - issue_created_at) / 3600" }
metric "closed_issues" { value = closed:where "hours ~= nil":count() }
metric "close_p50"     { value = closed:p(50, "hours") }
metric "close_p95"     { value = closed:p(95, "hours") }

metric "watches"     { value = events:where { type = "WatchEvent" }:count() }
metric "forks"       { value = events:where { type = "ForkEvent" }:count() }
metric "watch_forks" { value = metric.watches / metric.forks }
