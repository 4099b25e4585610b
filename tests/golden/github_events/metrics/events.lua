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

-- Two hours of data: whoever comes in both is an actor, or repository, with two different hours.
local timed = events:derive { hour_of_day = "hour(created_at)" }
local first_hour = timed:where "hour_of_day == 0"
local function in_both(entity)
  return timed:per(entity):distinct "hour_of_day":where "value == 2":count()
end
metric "base_actors"     { value = first_hour:distinct "actor" }
metric "returned_actors" { value = in_both "actor" }
metric "rate"            { value = in_both "actor" / first_hour:distinct "actor" }
metric "base_repos"      { value = first_hour:distinct "repo" }
metric "returned_repos"  { value = in_both "repo" }

local made = events:journey {
  entity = "actor .. '/' .. repo",
  steps  = { "type == 'CreateEvent' and ref_type == 'repository'", "type == 'PushEvent'" },
}
metric "created"  { value = made:count() }
metric "pushed"   { value = made:reach(2) }
metric "push_p50" { value = made:time():p(50) / 60 }
metric "push_p90" { value = made:time():p(90) / 60 }

local per_actor = events:per "actor":count()
metric "per_actor_mean"   { value = per_actor:mean() }
metric "per_actor_p50"    { value = per_actor:p(50) }
metric "per_actor_p90"    { value = per_actor:p(90) }
metric "per_actor_p99"    { value = per_actor:p(99) }
metric "per_actor_max"    { value = per_actor:max() }
metric "per_actor_single" { value = per_actor:where "value == 1":count() }
