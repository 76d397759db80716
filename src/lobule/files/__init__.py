"""What users hand over and get back: scenario files, read and checked; results folders, written whole."""
