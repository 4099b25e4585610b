-- Attacks: the encoder of declarations, with a table in a table in a table.
-- Expect: attack|nested|expected
local t = {}
for i = 1, 100000 do t = { t } end
metric "attack" { value = t }
