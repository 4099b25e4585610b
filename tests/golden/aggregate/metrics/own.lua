local events = source "events"
local buys = events:where "event == 'buy'"

local geometric = {
  init = function() return { n = 0, logs = 0 } end,
  step = function(acc, r)
    if r.amount then
      acc.n = acc.n + 1
      acc.logs = acc.logs + math.log(r.amount)
    end
    return acc
  end,
  merge = function(a, b)
    a.n = a.n + b.n
    a.logs = a.logs + b.logs
    return a
  end,
  final = function(acc)
    if acc.n > 0 then return math.exp(acc.logs / acc.n) end
  end,
}

metric "geo_mean" { value = buys:aggregate(geometric) }
metric "geo_rolling" { value = buys:aggregate(geometric):rolling "28d" }
metric "geo_before" { value = buys:aggregate(geometric):offset(-1) }
metric "geo_ever" { value = buys:aggregate(geometric):cumulative() }
metric "geo_over" { value = buys:aggregate(geometric):over(3, "mean") }
metric "geo_ratio" { value = buys:aggregate(geometric) / buys:mean "amount" }

-- Without final, the accumulator is the value; over no rows that of init.
metric "rows" {
  value = events:aggregate { init = function() return 0 end, step = function(n) return n + 1 end },
}

-- Rows come by time: the longest silence between two of them, in minutes.
metric "silence" {
  value = events:aggregate {
    init = function() return { longest = 0 } end,
    step = function(acc, r)
      if acc.last then acc.longest = math.max(acc.longest, r.ts - acc.last) end
      acc.last = r.ts
      return acc
    end,
    final = function(acc) return acc.last and acc.longest / 60 end,
  },
}

-- Over rows of a relation, with a derived column.
metric "spread" {
  value = buys:per "user_id":sum "amount":derive { half = "value / 2" }:aggregate {
    init = function() return {} end,
    step = function(acc, r)
      acc.low = math.min(acc.low or r.half, r.half)
      acc.high = math.max(acc.high or r.half, r.half)
      return acc
    end,
    final = function(acc) return acc.high - acc.low end,
  },
}

-- A boolean, and an order that only the table gives.
metric "ends_with_buy" {
  value = events:aggregate {
    init = function() return { last = "" } end,
    step = function(_, r) return { last = r.event } end,
    final = function(acc) return acc.last == "buy" end,
  },
}

-- Attempts of a journey: those whose window has not passed are immature.
local attempts = events:journey {
  entity = "user_id", steps = { "event == 'visit'", "event == 'buy'" }, within = "7d",
}
metric "reached" {
  value = attempts:aggregate {
    init = function() return 0 end,
    step = function(n, r) return n + r.reached end,
  },
}

-- Counts over the same rows, for the segments that there are.
metric "all" { value = events:count() }
metric "buys" { value = buys:count() }
metric "buyers" { value = buys:per "user_id":count():count() }
metric "attempts" { value = attempts:count() }
