"""Manufacturing and quality: the dish, potency, batches, release limits, comparability, stability, process."""
