-- Attacks: the memory budget, with a replacement that multiplies.
-- Expect: used more than 32 MiB of memory
return (("a"):rep(1 << 12):gsub("a", ("b"):rep(1 << 16)))
