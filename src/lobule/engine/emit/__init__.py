"""What writes code: a system's slopes, order of elimination and kinks, and its formulas as machine code."""
