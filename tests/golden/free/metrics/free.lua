-- Functions of the point; ../../free.py computes the same from the rows.

metric "health" {
  value = function(at)
    return 0.6 * at:get "rate" + 0.4 * at:get("buyers", { previous = true }) / at:get "buyers"
  end,
}

-- A function over a function.
metric "score" {
  value = function(at)
    return at:get "health" + at:get("revenue", { segment = { channel = "ads" } }) / 1000
  end,
}

metric "of_total" {
  value = function(at) return at:get "revenue" / at:get("revenue", { segment = {} }) end,
}

metric "pro_ads" {
  value = function(at)
    return at:get("buyers", { segment = { plan = "pro", channel = "ads" } }) + 0 * at:get "buyers"
  end,
}

-- The median of the known values of five weeks.
metric "median5" {
  value = function(at)
    local known = {}
    local series = at:series("revenue", 5)
    for i = 1, series.n do
      if series[i] then known[#known + 1] = series[i] end
    end
    table.sort(known)
    return #known % 2 == 1 and known[#known // 2 + 1]
      or (known[#known // 2] + known[#known // 2 + 1]) / 2
  end,
}

-- For how many weeks in a row the revenue has grown: each answer decides on the next question.
metric "streak" {
  value = function(at)
    local weeks, this = 0, at:get "revenue"
    while weeks < 50 do
      local before = at:get("revenue", { offset = -weeks - 1 })
      if not (this > before) then break end -- luacheck: ignore 581 (nil is neither)
      weeks, this = weeks + 1, before
    end
    return weeks
  end,
}

-- Names that no text shows.
metric "named" {
  value = function(at)
    local sum = 0 * at:get "buyers"
    for _, name in ipairs { "buyers", "visitors" } do sum = sum + at:get(name) end
    return sum
  end,
}

metric "growth" {
  value = function(at) return at:get "revenue" / at:get("revenue", { last_year = true }) - 1 end,
}

metric "point" {
  value = function(at)
    local week = tonumber(at.period:match "W(%d+)$")
    return week * 1000 + (at.stop - at.start) / 86400 + (at.partial and 0.5 or 0)
      + (at.grain == "week" and 0 or 100) + (at.segment and #at.segment.channel or 0)
      + 0 * at:get "revenue"
  end,
}

metric "up" {
  value = function(at) return at:get "revenue" > at:get("revenue", { offset = -1 }) end,
}

-- nil spreads, and a function that gives none has no value.
metric "nothing" {
  value = function(at) return at:get("revenue", { offset = -900 }) + at:get "revenue" end,
}

-- Functions in formulas.
metric "double" { value = metric.health * 2 - 1 }
metric "health4" { value = metric.health:over(4, "mean") }
metric "health_before" { value = metric.health:offset(-1) }
