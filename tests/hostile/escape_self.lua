-- Attacks: the methods of sources, called on something else.
-- Expect: called without a source
local e = source "events"
for _, self in ipairs { 1, "x", {}, e:count(), setmetatable({}, { __index = e }) } do
  assert(not pcall(e.where, self, "x == 1"))
  assert(not pcall(e.count, self))
end
e.count({})
