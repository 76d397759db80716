"""Tables of submission: variables of SDTM and ADaM, transport files, Dataset-JSON, Define-XML, checks.

Knows no biology and no trial: what a table holds is given.
"""
