-- Attacks: the time budget, with error objects that pcall catches.
-- Expect: ran longer than 0.3 s
while true do pcall(error, setmetatable({}, { __tostring = function() error "again" end })) end
