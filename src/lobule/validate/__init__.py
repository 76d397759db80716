"""Prediction beside observation: what published studies saw, and what the model says of the same arms."""

from lobule.validate.compare import beside_study
from lobule.validate.domain import Domain, domain

__all__ = ["Domain", "beside_study", "domain"]
