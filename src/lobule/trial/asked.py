"""What may be asked of the size of a trial: a wanted power, or numbers of patients; checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lobule.errors import InputError, shown
from lobule.files.design import Design

LARGEST = 20_000  # patients that a search goes up to
FEWEST = 8  # patients of an arm


def numbers_of(sizes: str | Sequence[int] | None) -> list[int]:
    """Numbers of patients from what a user types; raises InputError for what is none.

    >>> numbers_of("80, 160"), numbers_of(None)
    ([80, 160], [])
    """
    words = sizes.split(",") if isinstance(sizes, str) else list(sizes or ())
    found = []
    for word in words:
        text = str(word).strip()
        if not text.isdecimal():
            raise InputError(
                f'sizes are whole numbers of patients, such as "80, 160, 320", not {shown(text)}', ["sizes"]
            )
        found.append(int(text))
    return found


def one_question(power: float | None, sizes: Sequence[int]) -> None:
    """Raise InputError where both are asked."""
    if power is not None and sizes:
        raise InputError("ask for the sample size of a power, or for the power of sizes, not for both", ["sizes"])


def wanted_power(design: Design, power: float) -> None:
    """Refuse a power that no trial of a design can have; called before the work."""
    if not design.analysis.alpha < power < 1:
        raise InputError(f"a power lies between alpha ({design.analysis.alpha:g}) and 1, not {power:g}", ["power"])


def check_sizes(design: Design, sizes: Iterable[int]) -> list[int]:
    """Sizes in order, each once; raises InputError for none, or one too small for the arms or too large."""
    wanted, least = sorted(set(sizes)), fewest(design)
    if not wanted or wanted[0] < least or wanted[-1] > LARGEST:
        raise InputError(f"sizes of a trial with {len(design.arms)} arms are {least} to {LARGEST} patients", ["sizes"])
    return wanted


def fewest(design: Design) -> int:
    """Patients of the smallest trial that is tried: some in every arm, and one in every stratum of each."""
    return max(FEWEST * len(design.arms), 2 ** len(design.randomisation.strata) * len(design.arms))
