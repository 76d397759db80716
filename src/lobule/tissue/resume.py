"""A tissue under way as bytes, so that a run that was stopped goes on where it was, with the same bits.

Whatever follows from subject, plan, seed and measures is made again; what is kept is what changed since.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from lobule.tissue import cells as drawn
from lobule.tissue.efferocytosis import Eaten
from lobule.tissue.growing import OUTPUTS, Frame, Growing, Held
from lobule.tissue.lanes import alike, shared
from lobule.tissue.matrix import Strands
from lobule.tissue.patches import Patches, Smooth


def to_bytes(tissue: Growing, frames: list[Frame]) -> bytes:
    """What a tissue and its frames have become."""
    held, lanes = tissue.held, tissue.lanes
    arrays: dict[str, Any] = {
        "day": lanes.day, "steps": held.steps, "lost_centrally": held.lost_centrally, "flowed": held.flowed,
        "hepatocytes": held.hepatocytes, "typical": lanes.typical, "step": lanes.step, "frames": len(frames),
        "pressure": tissue.blood.pressure, "pace": held.pace,
    }  # fmt: skip
    parts: dict[str, Mapping[str, Any]] = {
        "state": lanes.states or {}, "flowing": lanes.flowing, "output": held.outputs,
        "course": {name: [row[name] for row in tissue.courses] for name in ("day", *OUTPUTS)},
        "held": {"closed": held.closed, "collagen": held.collagen, "strands": held.strands and held.strands.amount,
                 **(vars(held.eaten) if held.eaten else {})},
    }  # fmt: skip
    constants = {name: shared(values) for name, values in lanes.constants.items()}
    parts["constant"] = {name: values for name, values in constants.items() if np.ndim(values)}
    same = {name: float(value) for name, value in constants.items() if not np.ndim(value)}
    arrays["names of the same"], arrays["values of the same"] = np.array(list(same)), np.array(list(same.values()))
    for kind, cells in held.cells.items():
        parts[f"cell {kind}"] = {"place": cells.place, "number": cells.number, "next": cells.next_number}
    for i, frame in enumerate(frames):
        parts[f"frame {i}"] = {"day": frame.day, "hepatocytes": frame.hepatocytes, "strands": frame.strands.amount}
        parts[f"others {i}"], parts[f"fields {i}"] = frame.others, frame.fields.of_patches
    for part, values in parts.items():
        arrays |= {f"{part}/{name}": value for name, value in values.items() if value is not None}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def resumed(tissue: Growing, content: bytes) -> list[Frame]:
    """Bring a new tissue of the same subject, plan, seed and measures to where another was; gives its frames."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    parts: dict[str, dict[str, Any]] = {}
    for name, value in arrays.items():
        part, slash, rest = name.partition("/")
        if slash:
            parts.setdefault(part, {})[rest] = value
    lanes = tissue.lanes
    lanes.day, lanes.states = float(arrays["day"]), parts["state"]
    same = zip(arrays["names of the same"], arrays["values of the same"], strict=True)
    lanes.constants = {str(name): alike(value, len(lanes)) for name, value in same} | parts.get("constant", {})
    lanes.typical, lanes.step = arrays["typical"], arrays["step"]
    lanes.flowing = {name: float(rate) for name, rate in parts.get("flowing", {}).items()}
    columns = parts["course"]
    tissue.courses = [
        {name: float(values[i]) for name, values in columns.items()} for i in range(len(columns["day"]))
    ]  # fmt: skip
    held = parts["held"]
    tissue.held = Held(
        {kind: _cells(parts[f"cell {kind}"]) for kind in drawn.OTHERS}, arrays["hepatocytes"],
        Strands(held["strands"]), held.get("collagen"), parts["output"], float(arrays["lost_centrally"]),
        float(arrays["flowed"]), held.get("closed"), int(arrays["steps"]), float(arrays["pace"]),
        Eaten(held["eaten"], held["digested"]),
    )  # fmt: skip
    if tissue.held.closed is not None:
        tissue.reflow(tissue.held.closed, arrays["pressure"])
    return [_frame(parts, i, tissue.parts) for i in range(int(arrays["frames"]))]


def _cells(kept: Mapping[str, Any]) -> drawn.Crawlers:
    return drawn.Crawlers(kept["place"], kept["number"], int(kept["next"]))


def _frame(kept: Mapping[str, dict[str, Any]], i: int, parts: Patches) -> Frame:
    own = kept[f"frame {i}"]
    return Frame(
        float(own["day"]), own["hepatocytes"], kept[f"others {i}"], Strands(own["strands"]),
        Smooth(parts, kept[f"fields {i}"]),
    )  # fmt: skip
