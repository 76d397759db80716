"""`python -m lobule.labs` prints the table of docs/labs.md."""

from lobule.labs.page import markdown

print(markdown(), end="")
