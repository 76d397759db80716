"""Every reader of tables, fed with damaged bytes and odd cells: a result with finite numbers, or one sentence."""

import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.workbooks import with_part

from lobule.errors import LobuleError
from lobule.evidence import table_path
from lobule.files.assay import read_plates
from lobule.files.batches import read_batches
from lobule.files.levels import read_levels
from lobule.files.stability import read_stability
from lobule.studies.tables import read_contrasts, read_studies, read_trials

TABLES = {
    read_batches: "batch,made_on,endotoxin (EU/mL),viability (%),sterility\n"
    "A,2026-01-31,0.1,95.5,pass\nB,,<0.5,90,fail\n",
    read_stability: "batch,time_month,temperature_degC,potency_percent\nA,0,5,100.5\nA,3,5,98\nB,6,25,<90\n",
    read_levels: "level_percent,run,potency_percent\n50,1,49\n100,1,101.5\n100,2,<90\n",
    read_plates: "sample,plate,dose_particle_per_mL,response\nreference,1,5e8,3.1\ntest,1,1e9,2.5\n",
    **{
        read: "".join(f"{line}\n" for line in table_path(name).read_text(encoding="utf-8").splitlines()[:4])
        for read, name in ((read_studies, "studies"), (read_contrasts, "contrasts"), (read_trials, "trials"))
    },
}
KINDS = ("csv", "xlsx", "parquet")
ODD = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["nan", "inf", "1e999", "-1e999", "9" * 300, "<5", ">=5", "1/2", "½", "５", "=1+1", "#N/A", "1,5",
                     "1.234", "5 %", "1e-320", "1 x 10^11", "\n", '"', ";"]),
)  # fmt: skip
SETTINGS = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path, table):
    kind = path.suffix[1:]
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        getattr(table, {"xlsx": "to_excel", "parquet": "to_parquet"}[kind])(path, index=False)
    return path


def finite(found):
    """Whether all numbers are finite that a reader gave, but those that are missing on purpose (NaN)."""
    rows, problems = found if isinstance(found, tuple) else ([found], [])
    for row in rows:
        for value in vars(row).values():
            if isinstance(value, float) and not math.isfinite(value):
                return False
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and np.isinf(value).any():
                return False
    return all(len(str(p.reason).splitlines()) == 1 for p in problems)


def read_or_refused(read, path):
    try:
        assert finite(read(path))
    except LobuleError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 700


@SETTINGS
@given(read=st.sampled_from(list(TABLES)), kind=st.sampled_from(KINDS), data=st.data())
def test_any_cell_may_hold_anything(tmp_path, read, kind, data):
    lines = pd.read_csv(io.StringIO(TABLES[read]), header=None, dtype=str, keep_default_na=False)
    for _ in range(data.draw(st.integers(1, 3))):
        row, column = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, lines.shape[1] - 1))
        lines.iloc[row, column] = data.draw(ODD)
    table = lines.iloc[1:].set_axis(lines.iloc[0].astype(str).tolist(), axis=1)
    try:
        write(tmp_path / f"t.{kind}", table)
    except Exception:  # pandas, openpyxl and pyarrow refuse some texts themselves
        return
    read_or_refused(read, tmp_path / f"t.{kind}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a good table of every reader in every kind of file."""
    folder = tmp_path_factory.mktemp("whole")
    return {
        (read, kind): write(folder / f"{k}.{kind}", pd.read_csv(io.StringIO(text))).read_bytes()
        for k, (read, text) in enumerate(TABLES.items())
        for kind in KINDS
    }


def damaged(content, data):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    return bytes(content)


@SETTINGS
@given(read=st.sampled_from(list(TABLES)), kind=st.sampled_from(KINDS), data=st.data())
def test_any_byte_may_be_damaged(tmp_path, whole, read, kind, data):
    path = tmp_path / f"t.{kind}"
    path.write_bytes(damaged(whole[read, kind], data))
    read_or_refused(read, path)


@SETTINGS
@given(read=st.sampled_from(list(TABLES)), part=st.sampled_from(["worksheets/sheet1", "workbook", "styles"]),
       data=st.data())  # fmt: skip
def test_any_part_of_a_workbook_may_be_damaged(tmp_path, whole, read, part, data):
    path = tmp_path / "t.xlsx"
    path.write_bytes(whole[read, "xlsx"])
    with_part(path, f"xl/{part}.xml", lambda content: damaged(content, data))
    read_or_refused(read, path)
