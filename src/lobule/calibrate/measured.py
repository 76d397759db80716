"""What a fit of animals and an exported problem share: the error of each lab, and the word for what is not given."""

from __future__ import annotations

from lobule.labs import labs

# How far a lab lies from the model's course (standard deviation of the logarithm), of labs that a fit reads
ERRORS = {name: lab.error_cv for name, lab in labs().items() if lab.level}
UNTREATED = "no further treatment"
