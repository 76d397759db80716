"""Where a rule is broken, in words: by record, and by subject where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lobule.cdisc.transport import Read

CLOSE = 1e-9  # relative: numbers of a transport file that are meant to be the same


def records(table: Read, broken: np.ndarray, *names: str) -> Iterator[str]:
    """Records of a table: "record 7 (LOB-001-00003), AVAL 12, BASE 3"."""
    subject = table.text("USUBJID")
    texts = [(name, table.text(name)) for name in names]
    for k in np.flatnonzero(broken):
        said = ", ".join(f"{name} {values[k] or 'empty'}" for name, values in texts)
        who = f" ({subject[k]})" if subject[k] else ""
        yield f"record {k + 1}{who}" + (f", {said}" if said else "")


def keys(*columns: Sequence[object] | np.ndarray) -> list[tuple[object, ...]]:
    """Values of several columns, a tuple a record."""
    return list(zip(*columns, strict=True))


def close(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """The same number, up to rounding; two that are missing are the same."""
    with np.errstate(invalid="ignore"):
        return np.isclose(a, b, rtol=CLOSE, atol=CLOSE, equal_nan=True)
