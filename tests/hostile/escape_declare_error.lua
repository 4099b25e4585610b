-- Attacks: an error of the library, caught and rewritten.
-- Expect: there is no source 'evnts'
local _, e = pcall(source, "evnts")
pcall(function() e.message, e.file, e.line = {}, {}, {} e.extra = function() end end)
error(e)
