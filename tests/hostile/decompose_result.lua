-- Attacks: the reader of parts, with a table that answers for itself.
-- Expect: nothing
-- Expect of its call: has a part 'table', which is no metric of the formula
metric "attack" { value = metric.canary, decompose = function()
  local function never() error "a metamethod ran" end
  local meta = { __index = never, __pairs = never, __len = never, __call = never, __name = {} }
  return setmetatable({ [{}] = 1 }, meta)
end }
