"""One subject under one plan, or many at once: courses, a run and its record, the band, experiments."""
