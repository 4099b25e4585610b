-- Attacks: the sandbox, for what is beside it.
-- Expect: '_G'
for _, name in ipairs { "io", "os", "debug", "load", "dofile", "collectgarbage", "coroutine" } do
  assert(not pcall(function() return _ENV[name] end), name)
end
return _G
