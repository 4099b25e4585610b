-- Attacks: the text of an identity, with everything that is no formula.
-- Expect: none got through
for _, text in ipairs {
  "_ENV", "_ENV.os", "(_ENV)", "a:b()", "a.b.c", "a{}", "a'x'", "a[a]", "#a", "~a", "a // b", "...",
  "function() end", "(function() while true do end end)()", "setmetatable(a, {})", "load 'x'",
  "getmetatable(a).__index", "string.rep('x', 1e9)", "('x'):rep(1e9)", "a = b", "a; b", "a) + (b",
  "min", "min(min)", "min.x(a)", "nil", "true", "1", "--", "", "\0", "\xff", "a\0b",
} do
  if pcall(metric "attack", { value = 1, identity = text }) then
    error(("%q got through"):format(text), 0)
  end
end
error "none got through"
