"""Trials: a design, its virtual patients, their courses in every arm, replicates, analysis, power, biomarkers."""
