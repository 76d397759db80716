"""The memory in which a block of patients is integrated."""

import numpy as np
import pytest

from lobule import engine
from lobule.engine.solve import records


@pytest.mark.parametrize("states", [1, 3, 8])
def test_the_workspace_begins_with_a_cache_line(states, monkeypatch):
    found, own = [], records.Room.block

    def block(self, *arguments):
        memory = own(self, *arguments)
        found.append(int(memory.view(np.int64)[(records.BLOCK.names or ()).index("at_w")]))
        assert memory.size == self.length
        return memory

    monkeypatch.setattr(records.Room, "block", block)
    text = "".join(f"x{i} = 1; x{i}' = -x{i}; " for i in range(states))
    for n in (1, 5, 300):
        engine.compile(f"model m; k = 1; {text} end").solve({"k": [1.0] * n}, times=[1])
    assert found and all(address % records.LINE == 0 for address in found)
