"""Statistics that any field could use: fits, tests, intervals and weights. Knows no biology."""
