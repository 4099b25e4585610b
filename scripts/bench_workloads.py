"""What scripts/bench asks, of Cynosure as scripts and of the others as SQL."""

CHANNELS = ["organic", "ads", "friend", "school"]
EVENTS = ["signup", "lesson_start", "lesson_done", "view", "share", "aha_action", "purchase"]
PERCENTS = [50, 90, 95, 99]

CONFIG = """name: bench
timezone: UTC
grain: week
as_of: 2027-01-04              # every cohort is mature
sources:
  events:
    type: {kind}
    path: {path}
    time: time
    entity: user_id
    dimensions: [channel, event]
    columns:
      time: timestamp
      user_id: text
      version: text
      amount: {{ type: decimal, scale: 2 }}
      duration: real
    bad_rows: 0
"""
SCRIPT = """local events  = source "events"
local lessons = events:where { event = "lesson_done" }
local paid    = events:where { event = "purchase" }

metric "actives" { value = events:distinct "user_id" }
metric "nsm"     { value = lessons:count() / events:distinct "user_id" }
metric "regular" { value = lessons:per "user_id":count():where "value >= 3":count() }

local first_aha = events:journey {
  entity = "user_id", steps = { "event == 'signup'", "event == 'aha_action'" }, within = "14d",
}
metric "ttv_p50" { value = first_aha:time():p(50) }
metric "ttv_p95" { value = first_aha:time():p(95) }

local kept = events:retention { entity = "user_id", start = "event == 'signup'" }
metric "d1" { value = kept:at "1d" }
metric "w1" { value = kept:at "1w" }

-- Over all rows.
metric "median" { grain = "all", value = events:p(50, "duration") }
metric "users"  { grain = "all", value = events:distinct "user_id" }
for _, p in ipairs { PERCENTS } do
  metric("whole_p" .. p) { grain = "all", value = events:p(p, "duration") }
end

-- By day and segment: with --by, and for the run of all at once one metric for each segment.
metric "revenue" { grain = "day", value = paid:sum "amount" }
for _, channel in ipairs { CHANNELS } do
  metric("revenue__" .. channel) {
    grain = "day", value = paid:where { channel = channel }:sum "amount",
  }
end
for _, p in ipairs { PERCENTS } do
  metric("duration_p" .. p) { grain = "day", value = events:p(p, "duration") }
  for _, event in ipairs { EVENTS } do
    metric(("duration_p%d__%s"):format(p, event)) {
      grain = "day", value = events:where { event = event }:p(p, "duration"),
    }
  end
end
"""

# Per workload: Cynosure's metrics and options, and the SQL (period, segment, metrics) over {events}.
# {week} and {day} are the first day of a row's week and its day; {seconds} turns a time into seconds.
WORKLOADS = {
    "actives": (["actives"], "week", None, """
        SELECT {week} AS period, count(DISTINCT user_id) AS actives FROM {events} GROUP BY 1"""),
    "revenue": (["revenue"], "day", "channel", """
        SELECT {day} AS period, channel AS segment, CAST(sum(amount) AS DOUBLE) AS revenue
        FROM {events} WHERE event = 'purchase' GROUP BY 1, 2"""),
    "nsm": (["nsm"], "week", None, """
        SELECT {week} AS period,
               1.0 * count(CASE WHEN event = 'lesson_done' THEN 1 END) / count(DISTINCT user_id) AS nsm
        FROM {events} GROUP BY 1"""),
    "regular": (["regular"], "week", None, """
        SELECT period, count(*) AS regular FROM (
          SELECT {week} AS period, user_id FROM {events} WHERE event = 'lesson_done'
          GROUP BY 1, 2 HAVING count(*) >= 3) x GROUP BY 1"""),
    "ttv": (["ttv_p50", "ttv_p95"], "week", None, """
        WITH s AS (SELECT user_id, time AS began FROM {events} WHERE event = 'signup'),
        a AS (SELECT user_id, began, min(time) AS done FROM {events} JOIN s USING (user_id)
              WHERE event = 'aha_action' AND time >= began GROUP BY 1, 2),
        t AS (SELECT date_trunc('week', began)::DATE::VARCHAR AS period, epoch(done - began) AS took
              FROM a WHERE done <= began + INTERVAL 14 DAY)
        SELECT period, quantile_cont(took, 0.5) AS ttv_p50, quantile_cont(took, 0.95) AS ttv_p95
        FROM t GROUP BY 1"""),
    "retention": (["d1", "w1"], "week", None, """
        WITH s AS (SELECT user_id, {day} AS day, {week} AS week FROM {events}
                   WHERE event = 'signup'),
        r AS (SELECT s.user_id, s.week, max({day} = {next_day}) AS d1, max({week} = {next_week}) AS w1
              FROM {events} JOIN s USING (user_id) GROUP BY 1, 2)
        SELECT week AS period, avg(CAST(d1 AS INTEGER)) AS d1, avg(CAST(w1 AS INTEGER)) AS w1
        FROM r GROUP BY 1"""),
    "durations": ([f"duration_p{p}" for p in PERCENTS], "day", "event", """
        SELECT {day} AS period, event AS segment, quantile_cont(duration, 0.5) AS duration_p50,
               quantile_cont(duration, 0.9) AS duration_p90,
               quantile_cont(duration, 0.95) AS duration_p95,
               quantile_cont(duration, 0.99) AS duration_p99
        FROM {events} GROUP BY 1, 2"""),
}
# What none of the eight asks for: one number of the whole column. Not a part of "all".
WHOLE = {
    "median": (["median"], "all", None, """
        SELECT '' AS period, quantile_cont(duration, 0.5) AS median FROM {events}"""),
    "percentiles": ([f"whole_p{p}" for p in PERCENTS], "all", None, """
        SELECT '' AS period, q[1] AS whole_p50, q[2] AS whole_p90, q[3] AS whole_p95, q[4] AS whole_p99
        FROM (SELECT quantile_cont(duration, [0.5, 0.9, 0.95, 0.99]) AS q FROM {events}) x"""),
    "users": (["users"], "all", None, """
        SELECT '' AS period, count(DISTINCT user_id) AS users FROM {events}"""),
}
# All at once: one command has one --by, so each segment is a metric of its own.
ALL = [*(metric for metrics, _, by, _ in WORKLOADS.values() if not by for metric in metrics),
       *(f"revenue__{channel}" for channel in CHANNELS),
       *(f"duration_p{p}__{event}" for p in PERCENTS for event in EVENTS)]
LAST_DAY = b"2026-11-15"  # of the data
PERIODS = ["--from", "2025-11-17", "--to", "2026-11-15", "--format", "json"]

# Texts that are all different.
IDS_CONFIG = """name: ids
timezone: UTC
grain: all
sources:
  ids: {{ type: csv, path: {path}, columns: {{ id: text }}, bad_rows: 0 }}
"""
IDS_SCRIPT = """metric "ids" { value = source("ids"):distinct "id" }
"""

# Seconds that are asked of Cynosure with so many rows (millions), two processors: docs/performance.md.
ASKED = {
    ("all", "CSV"): {1: 0.10, 10: 0.9, 100: 11},
    ("all", "own files"): {10: 0.30, 100: 3},
    ("all", "a repeat"): {1: 0.03, 10: 0.03, 100: 0.03},
    ("actives", "own files"): {10: 0.05},
    ("revenue", "own files"): {10: 0.025},
    ("nsm", "own files"): {10: 0.05},
    ("regular", "own files"): {10: 0.05},
    ("ttv", "own files"): {10: 0.05},
    ("retention", "own files"): {10: 0.06},
    ("durations", "own files"): {10: 0.13},
    ("median", "own files"): {10: 0.02},
    ("percentiles", "own files"): {10: 0.04},
    ("users", "own files"): {10: 0.15},
    ("ids", "own files"): {10: 0.25},
    ("ndjson", "NDJSON"): {10: 1.5},
    ("append", "a new file"): {10: 0.15},
    ("append", "a longer file"): {10: 0.15},
}
