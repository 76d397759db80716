"""What a PEtab problem is made of: its formulas, its tables, its conditions, its priors."""
