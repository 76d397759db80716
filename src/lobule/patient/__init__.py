"""Who is treated. In this version: a mouse with an injury."""

from lobule.patient.animal import Animal

__all__ = ["Animal"]
