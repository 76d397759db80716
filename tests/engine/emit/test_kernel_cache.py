"""Machine code is kept between processes, trusted only with its checksum, and done without where it cannot be kept."""

import os
import shutil
import subprocess
import sys

import pytest

from lobule.keeping import cache_folder

CODE = """
from lobule import engine
model = engine.compile("model d; x = 8; x' = -k*x; k = 1; end")
print(model.solve(times=[0.0, 1.0, 2.0], rtol=1e-6)["x"].tobytes().hex())
"""


# Compiling the control loop is not what is asked here, and takes ten seconds.
NUMBA = {} if cache_folder() is None else {"NUMBA_CACHE_DIR": str(cache_folder() / "numba")}


def run(folder, code=CODE):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"LOBULE_CACHE": str(folder)} | NUMBA,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernels")
    return folder, run(folder)


def test_kept_code_gives_the_same_bits(first):
    folder, bits = first
    objects = {path: path.stat().st_mtime_ns for path in folder.glob("kernel-*.o")}
    assert objects
    assert run(folder) == bits
    assert {path: path.stat().st_mtime_ns for path in folder.glob("kernel-*.o")} == objects


def test_damaged_code_is_compiled_again(first):
    folder, bits = first
    for path in folder.glob("kernel-*.o"):
        path.write_bytes(path.read_bytes()[:-7] + b"damaged")
    assert run(folder) == bits


def test_code_of_another_model_is_never_run(first, tmp_path):
    """Two models whose files change places each keep their own numbers."""
    other = CODE.replace("-k*x", "k*x*x*0.01")
    folder = tmp_path / "kernels"
    shutil.copytree(first[0], folder)
    ours = set(folder.glob("kernel-*.o"))
    bits = run(folder, other)
    theirs = set(folder.glob("kernel-*.o")) - ours
    assert len(ours) == len(theirs) and bits != first[1]
    by_size = [sorted(files, key=lambda path: path.stat().st_size) for files in (ours, theirs)]
    for mine, foreign in zip(*by_size, strict=True):
        mine.write_bytes(foreign.read_bytes())
    assert run(folder) == first[1]


def test_a_cache_that_cannot_be_written_is_done_without(first, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    assert run(blocked) == first[1]
