"""Forecasts of real people beside the best published scores and models trained on the same kind of people.

`folder` reads the tables, `sides` says who trains and who is scored, `rivals` are the other models of survival and
`next_visit` those of the next labs, `scores` says how good each is, `survival`, `visits`, `community` and `waiting` are
the comparisons, `goals` what was wanted of them, and `looks` the log of everyone who looked at the people set aside.
"""
