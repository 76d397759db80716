"""`python -m lobule` is `lobule`."""

from lobule.cli import main

main()
