"""Fitting to what was observed: the studies that calibrate, the sampler, the ensemble."""

from lobule.calibrate.calibration import Calibration, calibrate

__all__ = ["Calibration", "calibrate"]
