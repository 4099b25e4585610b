-- Attacks: the time budget, with a loop that has no call.
-- Expect: :4: ran longer than 0.3 s
::again::
goto again
