-- Attacks: the time budget, with gmatch that backtracks.
-- Expect: ran longer than 0.3 s
for _ in ("a"):rep(5000):gmatch "(a*)(a*)(a*)b" do end
