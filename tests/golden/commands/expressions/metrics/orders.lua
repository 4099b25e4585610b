local orders = source "orders"
local paid = { ads = true, search = true }

local function net(amount)
  if amount == nil then return 0 end
  return amount * 0.9
end

-- All of it is known beforehand: vectors.
metric "paid_net" {
  value = orders:where(function(r) return paid[r.channel] end)
    :sum(function(r) return net(r.amount) end),
}

-- Nobody knows how often it goes round: the interpreter.
metric "halvings" {
  value = orders:sum(function(r)
    local n, left = 0, r.amount or 0
    while left > 1 do
      n, left = n + 1, left // 2
    end
    return n
  end),
}

-- A vector but for the row with no parts, for which the whole is asked of the interpreter.
metric "per_part" { value = orders:sum "amount // parts" }
metric "per_part_guarded" { value = orders:sum "parts > 0 and amount // parts or nil" }

-- A number in a text has to be read: the interpreter, and it has an answer.
metric "read" { value = orders:sum "('1' .. parts) + 0" }

-- Infinite is as good as missing.
metric "infinite" { value = orders:where "amount / 0":count() }
