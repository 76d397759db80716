"""The two readings of what a product does, and how far they lie apart.

As published, a vesicle or a cell acts as strongly as studies report, whatever carries it: an empirical potency,
calibrated on effects. As counted, it does only what the copies that reach a cell can do. What lies between the two is
the unexplained share of the effect.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_text
from lobule.errors import InputError, nearest, shown

Values = NDArray[np.float64]
Reading = Literal["published", "counted"]
PUBLISHED: Final = "published"
COUNTED: Final = "counted"
READING = "as_published"  # of the model, that says which
READINGS = {PUBLISHED: 1.0, COUNTED: 0.0}  # and its value in each
MEANING = {
    PUBLISHED: "as strongly as studies report",
    COUNTED: "only what copies in cells can do",
}
NO_EFFECT = 0.01  # of the untreated value: a smaller change by a treatment is no effect
NOTHING = "no effect to explain"
UNEXPLAINED = "no mechanism established by count"
WHAT_IT_MEANS = (
    "No mechanism established by count: studies report such an effect, but what was counted to reach the cells is too "
    "little for it, and nobody has shown what carries it."
)


def a_reading(value: Any, name: str = "reading") -> Reading:
    """The word of a reading.

    Raises
    ------
    InputError : another word, with what each of the two means.

    >>> a_reading("count")
    Traceback (most recent call last):
    lobule.errors.InputError: no reading "count". Did you mean "counted"? Known: counted, published (published: as strongly as studies report; counted: only what copies in cells can do)
    """  # noqa: E501
    if a_text(value, name) not in READINGS:
        told = "; ".join(f"{word}: {meaning}" for word, meaning in MEANING.items())
        raise InputError(f"no reading {shown(value)}. {nearest(value, READINGS)} ({told})", [name])
    return value


def refuse_as_constant(name: str) -> None:
    """The constant of the reading is chosen by its word; raises InputError where somebody names it."""
    if name == READING:
        raise InputError(f'{READING} is the reading; choose it by reading="published" or reading="counted"')


def constants_of(reading: str) -> dict[str, float]:
    """What the reading sets in the model; nothing for the usual one."""
    return {} if reading == PUBLISHED else {READING: READINGS[reading]}


def is_effect(treated: float, untreated: float) -> bool:
    """A treatment changes something by a hundredth of its untreated value or more.

    >>> is_effect(30.2, 30.0), is_effect(24.0, 30.0), is_effect(0.0, 0.0)
    (False, True, False)
    """
    change = abs(treated - untreated)
    return change > 0 and change >= NO_EFFECT * abs(untreated)


def unexplained_share(treated: float, untreated: float, counted: float) -> float | None:
    """The share of the published effect that the counted reading does not reach.

    1 - (counted - untreated)/(treated - untreated), all three at the same time; 1 where what is counted does nothing or
    the opposite, 0 where it does as much or more.

    Parameters
    ----------
    treated : as published
    untreated : the twin that gets nothing
    counted : the same treatment as counted

    Returns
    -------
    from 0 to 1; None where there is no effect to explain (see `is_effect`).

    >>> unexplained_share(2.0, 4.0, 3.5), unexplained_share(2.0, 4.0, 4.1), unexplained_share(2.0, 4.0, 1.9)
    (0.75, 1.0, 0.0)
    >>> unexplained_share(4.0, 4.0, 3.0) is None
    True
    """
    if not is_effect(treated, untreated):
        return None
    return min(1.0, max(0.0, 1 - (counted - untreated) / (treated - untreated)))


def unexplained_shares(treated: Values, untreated: Values, counted: Values) -> Values:
    """The same of arrays, NaN where there is no effect to explain.

    >>> unexplained_shares(np.array([2.0, 4.0]), np.array([4.0, 4.0]), np.array([3.5, 3.0])).tolist()
    [0.75, nan]
    """
    change = treated - untreated
    effect = (change != 0) & (np.abs(change) >= NO_EFFECT * np.abs(untreated))
    share = np.clip(1 - (counted - untreated) / np.where(effect, change, 1.0), 0.0, 1.0)
    return np.where(effect, share, np.nan)


def share_in_words(share: float | None) -> str:
    """An unexplained share, as a table shows it; also NaN, which stands for None in a column of numbers.

    >>> share_in_words(0.896), share_in_words(None)
    ('90 %', 'no effect to explain')
    """
    return NOTHING if share is None or share != share else f"{100 * share:.0f} %"
