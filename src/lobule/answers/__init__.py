"""One function a command: it takes the inputs and options, and gives an Answer.

An Answer says in words what came out, holds the tables and pictures, knows how it was made, and is saved in one way;
the command line, a notebook and a page in the browser only show it. A new command is

1. a function in `answers/NAME.py`, `NAME(inputs, *, options) -> Answer`, that reads the files, asks one room below and
   builds the Answer: `title`, `said` (one paragraph), `text` (what a terminal shows), `data` (what --json prints),
   `record` (by `record_of`), `tables`, `pictures`;
2. a command in `cli/` that parses its arguments and hands the call of that function to `lobule.cli.show`: `answered`
   where a folder of results is written, `in_file` where one file is, `told` where none is.

It prints nothing, saves nothing and catches nothing itself.
"""
