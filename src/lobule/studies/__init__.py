"""Studies in words become subjects, plans and what was measured: tables, vocabulary, arms, predictions, the split."""
