"""What the engine has solved for a calibration: kept on disk after every batch, handed out again when it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, ResultsError
from lobule.keeping import packed, read_own, shown, unpacked, write_bytes, writing_into

Values = NDArray[np.float64]
FILE = "chain.npz"
PARTS = {"identity", "places", "predicted", "checksum"}
BATCH = 128  # members of one engine call
CLOSE = 1e-6  # spreads of the prior by which a place may differ between machines


class Solved:
    """Members in the order in which a calibration asks for them.

    Parameters
    ----------
    folder : of the file
    identity : of the calibration; a folder holds one
    solve : places (n, d) -> predicted (n, m)
    total : members in all
    progress : called with members solved by now and in all, those of an earlier run left out

    Raises
    ------
    InputError : a folder of another calibration. ResultsError : a file that is damaged or was edited.
    """

    def __init__(
        self, folder: Path, identity: str, solve: Callable[[Values], Values], total: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.identity, self.solve = folder, identity, solve
        self.total, self.progress, self.asked = total, progress, 0
        self.places, self.predicted = self._read()
        self.before = len(self.places)

    def __call__(self, places: Values) -> Values:
        """Predicted (n, m) at places (n, d): from the disk as far as it reaches, else by the engine.

        Raises
        ------
        ResultsError : the folder holds other members than are asked for, such as those of another machine.
        """
        begin, end = self.asked, self.asked + len(places)
        there = self.places[begin:end]
        if len(there) and not np.allclose(there, places[: len(there)], rtol=0, atol=CLOSE):
            raise ResultsError(f"{shown(self.folder)} holds members that this machine does not draw; use a new folder")
        for first in range(begin + len(there), end, BATCH):
            some = places[first - begin : first - begin + BATCH]
            found = self.solve(some)
            known = len(self.places) > 0
            self.places = np.vstack([self.places, some]) if known else some
            self.predicted = np.vstack([self.predicted, found]) if known else found
            self._keep()
            if self.progress:
                self.progress(len(self.places) - self.before, self.total - self.before)
        self.asked = end
        return self.predicted[begin:end]

    @property
    def all_asked(self) -> tuple[Values, Values]:
        """Places and predictions that were asked for by now, whatever more the file holds."""
        return self.places[: self.asked], self.predicted[: self.asked]

    def _read(self) -> tuple[Values, Values]:
        path = self.folder / FILE
        content = read_own(path)
        if content is None:
            return np.empty((0, 0)), np.empty((0, 0))
        file = unpacked(content)
        if file is None or set(file) != PARTS or str(file["checksum"]) != _checksum(file):
            raise ResultsError(f"{shown(path)} is damaged or was edited; remove it to begin anew")
        if str(file["identity"]) != self.identity:
            raise InputError(
                f'"{self.folder}" holds a calibration of other evidence, parameters, effort or another seed; use a new '
                "folder"
            )
        return file["places"], file["predicted"]

    def _keep(self) -> None:
        """Write all of it beside the old file, then put it in its place."""
        parts: dict[str, Any] = {"identity": self.identity, "places": self.places, "predicted": self.predicted}
        arrays = {name: np.asarray(value) for name, value in parts.items()}
        with writing_into(self.folder):
            write_bytes(self.folder / FILE, packed(arrays | {"checksum": np.asarray(_checksum(arrays))}))


def _checksum(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Of all parts, with their names."""
    found = hashlib.sha256()
    for name in sorted(set(arrays) - {"checksum"}):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes())
    return found.hexdigest()
