"""Prediction beside observation: what published studies saw, and what the model says of the same arms."""

from lobule.validate.applicability import Domain, domain
from lobule.validate.compare import beside_study

__all__ = ["Domain", "beside_study", "domain"]
