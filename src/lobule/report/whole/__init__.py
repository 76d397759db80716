"""One page that holds a whole result: answer, pictures, tables, methods, sources. Knows no biology."""
