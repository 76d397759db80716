"""How the commands that give no Answer yet print."""

from __future__ import annotations

import json
from typing import Any


def print_json(data: Any) -> None:
    """Print data as JSON."""
    print(json.dumps(data, indent=2))
