"""Figures and tables from datasets. Knows no biology: it draws what it is given, with the units it finds."""
