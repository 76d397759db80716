"""Who is treated: an animal with an injury, or a patient with a disease of some years."""

from lobule.patient.animal import Animal
from lobule.patient.cohort import Cohort
from lobule.patient.patient import Patient

__all__ = ["Animal", "Cohort", "Patient"]
