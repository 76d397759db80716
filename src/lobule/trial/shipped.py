"""Designs that come with lobule: where they lie, for who only wants their text."""

from __future__ import annotations

from pathlib import Path

DESIGNS = Path(__file__).parent / "designs"


def shipped() -> dict[str, Path]:
    """Designs that come with lobule, by name."""
    return {path.stem: path for path in sorted(DESIGNS.glob("*.yaml"))}
