"""The lobule in space: tissue, flow, cells, virtual histology."""
