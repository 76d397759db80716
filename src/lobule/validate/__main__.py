"""`python -m lobule.validate` prints the table of retired checks at the end of docs/model.md."""

from lobule.validate.check import retired_table

print(retired_table(), end="")
