"""Fitting to what was observed: the studies that calibrate, the sampler, the ensemble, fits of patients and animals."""
