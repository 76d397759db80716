"""The report of a result: from what was run to one page that says how, on what it rests, and how to make it again."""
