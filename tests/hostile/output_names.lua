-- Attacks: the output budget, with one long name after the other.
-- Expect: gave more than|ran longer|used more
local e = source "events"
for i = 1, 100 do metric("m" .. ("x"):rep(30000) .. i) { value = e:count() } end
