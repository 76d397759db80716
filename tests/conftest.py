import os

from hypothesis import HealthCheck, settings
from tests.browser import browser, page
from tests.r import in_r

__all__ = ["browser", "in_r", "page"]

# Examples are drawn the same way every time, so that a red test is red for everyone.
settings.register_profile(
    "lobule", deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lobule")
os.environ.setdefault("MPLBACKEND", "Agg")
