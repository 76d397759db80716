"""The largest seed, count and time that anything takes: one place for Python, files and the command line."""

LARGEST_SEED = 2**63 - 1  # every generator in use takes it
MOST = 1_000_000  # of what is counted, where nothing smaller is said
LATEST = 100_000.0  # days of a run
