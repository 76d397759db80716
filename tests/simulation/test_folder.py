"""Results folders: replaced in one step, the same when read again; whatever is wrong in them is one sentence."""

import hashlib
import json
import math
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import lobule as lb
from lobule.errors import LobuleError, LobuleWarning, ResultsError
from lobule.keeping.record import checksum

OLD = Path(__file__).parents[1] / "old" / "run"
NUMBERS = ["timecourse.nc", "untreated.nc", "band.nc", "summary.csv", "copy_budget.csv", "safety.csv"]


def picture():
    figure = Figure(figsize=(1, 1))
    figure.subplots()
    return figure


@pytest.fixture(scope="module")
def run():
    return lb.Run.open(OLD)


@pytest.fixture(scope="module")
def saved(run, tmp_path_factory):
    return run.save(tmp_path_factory.mktemp("saved") / "out", picture())


@pytest.fixture
def folder(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "out"))


def everything(run):
    """All that a user sees of a run, as text: no number may be another one."""
    tables = [run.summary(), run.copy_budget(), run.safety(), run.to_dataframe()]
    courses = [d.to_dict() for d in (run.data, run.band, run.control)]
    return repr([t.to_csv() for t in tables]), repr(courses), json.dumps(run.record)


def edit(folder, change, name="run.json", sign=False):
    """Change a record as an editor would; `sign`: and put the right checksum under it, as a forger would."""
    record = json.loads((folder / name).read_text(encoding="utf-8"))
    change(record)
    if sign:
        record.pop("checksum", None)
        record["checksum"] = checksum(json.dumps(record, sort_keys=True, separators=(",", ":")).encode())
    (folder / name).write_text(json.dumps(record), encoding="utf-8")


def refusal(folder):
    with pytest.raises(ResultsError) as caught:
        lb.Run.open(folder)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 500
    return text


def test_a_folder_holds_what_a_user_needs(saved):
    assert {path.name for path in saved.iterdir()} == {"run.json", "figure.png", "README.txt", *NUMBERS}
    record = json.loads((saved / "run.json").read_text(encoding="utf-8"))
    for key in ("subject", "plan", "settings", "versions", "model_hash", "parameter_hash", "parameters", "seed"):
        assert key in record
    assert set(record["files"]) == {"figure.png", "README.txt", *NUMBERS}
    assert "alt_U_per_L" in (saved / "summary.csv").read_text(encoding="utf-8")
    assert str(saved.parent) not in (saved / "run.json").read_text(encoding="utf-8")


def test_a_run_opened_again_is_the_same_run(run, saved):
    assert everything(lb.Run.open(saved)) == everything(run)


def test_saving_twice_replaces_the_older_results(run, folder):
    run.save(folder, picture())
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert everything(lb.Run.open(folder)) == everything(run)


def test_an_interrupted_save_leaves_the_older_results_and_no_half_folder(run, folder, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    before = (folder / "run.json").read_text(encoding="utf-8")
    monkeypatch.setattr("lobule.keeping.results.write_record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.save(folder, picture())
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert (folder / "run.json").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_whatever_ends_the_drawing_the_numbers_are_there(run, tmp_path, monkeypatch, error):
    def fails(*args, **options):
        raise error

    monkeypatch.setattr("lobule.report.style.pictures", fails)
    with pytest.raises(error):
        run.save(tmp_path / "out", picture())
    assert everything(lb.Run.open(tmp_path / "out")) == everything(run)


def test_a_picture_that_cannot_be_drawn_loses_no_numbers(run, tmp_path):
    figure = picture()
    figure.suptitle(r"$\frac{$")
    with pytest.warns(LobuleWarning, match="could not be drawn"):
        run.save(tmp_path / "out", figure)
    assert everything(lb.Run.open(tmp_path / "out")) == everything(run)


def test_a_folder_of_something_else_is_left_alone(run, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ResultsError, match="not a results folder"):
        run.save(tmp_path / "thesis", picture())
    assert (tmp_path / "thesis" / "chapter1.txt").exists()


def test_a_note_among_results_is_not_lost_with_them(run, folder):
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"notes\.txt"):
        run.save(folder, picture())
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert everything(lb.Run.open(folder)) == everything(run)


@pytest.mark.parametrize("where", [".", "..", "/"])
def test_the_working_folder_is_no_place_for_results(run, tmp_path, monkeypatch, where):
    (tmp_path / "fresh").mkdir()
    monkeypatch.chdir(tmp_path / "fresh")
    with pytest.raises(ResultsError, match="the folder you work in"):
        run.save(where, picture())


@pytest.mark.parametrize("where", [None, 5, "", "a\0b", "\ud800", "a" * 300, b"\xff" * 300])
def test_what_is_no_path_is_one_sentence(run, where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in (lambda: run.save(where, picture()), lambda: lb.Run.open(where)):
        with pytest.raises(ResultsError) as caught:
            call()
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 500
    assert not list(tmp_path.iterdir())


def test_a_link_stays_and_its_target_gets_the_results(run, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    run.save(tmp_path / "link", picture())
    assert (tmp_path / "link").is_symlink() and (tmp_path / "disk" / "run.json").is_file()
    assert everything(lb.Run.open(tmp_path / "link")) == everything(run)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_told_or_changes_nothing(run, folder, data):
    name = data.draw(st.sampled_from(sorted(p.name for p in folder.iterdir())))
    before = (folder / name).read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
    byte = bytes([before[place] ^ data.draw(st.integers(1, 255))])
    after = {"flip": before[:place] + byte + before[place + 1 :], "cut": before[:place],
             "insert": before[:place] + byte + before[place:], "double": before + before}[how]  # fmt: skip
    (folder / name).write_bytes(after)
    try:
        found = everything(lb.Run.open(folder))
    except LobuleError as error:
        assert "\n" not in str(error) and len(str(error)) < 500
    else:
        assert name == "run.json" and found == everything(run)  # white space, or the same number written otherwise
    finally:
        (folder / name).write_bytes(before)


@pytest.mark.parametrize("one", NUMBERS)
def test_a_file_that_is_gone_swapped_a_link_or_a_pipe_is_told(folder, one):
    other = NUMBERS[NUMBERS.index(one) - 1]
    first, second = (folder / one).read_bytes(), (folder / other).read_bytes()
    (folder / one).write_bytes(second)
    (folder / other).write_bytes(first)
    assert "its checksum is not the one in run.json" in refusal(folder)
    (folder / other).write_bytes(second)
    (folder / one).unlink()
    assert f'{one}" is missing' in refusal(folder)
    (folder.parent / "outside").write_bytes(first)
    (folder / one).symlink_to(folder.parent / "outside")
    assert f'{one}" is missing' in refusal(folder)
    (folder / one).unlink()
    os.mkfifo(folder / one)
    assert f'{one}" is missing' in refusal(folder)


@pytest.mark.parametrize("field", ["parameters", "peaks"])
def test_an_edited_number_of_the_record_is_told(folder, field):
    edit(folder, lambda r: r[field].update(dict.fromkeys(r[field], 1000000000.0)))
    assert "was edited" in refusal(folder)


@given(path=st.lists(st.integers(0, 10**6), min_size=1, max_size=4), value=st.sampled_from(
    [None, True, 0, -1, 3, 1e99, "x", "", [], {}, [[]], "<script>$\\frac{$"]))  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("sign", [False, True])
def test_a_record_with_any_field_gone_or_of_another_kind_is_one_sentence_or_usable(run, folder, sign, path, value):
    text = (folder / "run.json").read_text(encoding="utf-8")

    def change(record):
        here = record
        for k, step in enumerate(path):
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = keys[step % len(keys)]
            if k + 1 == len(path) or not isinstance(here[key], dict | list) or not here[key]:
                break
            here = here[key]
        if value is None:
            del here[key]
        else:
            here[key] = value

    edit(folder, change, sign=sign)
    try:
        found = everything(lb.Run.open(folder))
    except LobuleError as error:
        assert "\n" not in str(error) and len(str(error)) < 500
    else:
        assert sign or found == everything(run)
    finally:
        (folder / "run.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"), (b"{", "damaged"), (b"[]", "damaged"), (b"null", "damaged"), (b"[" * 100_000, "damaged"),
        (b'{"format": "2"}', "says no format"), (b'{"format": true}', "says no format"), (b"{}", "says no format"),
        (b'{"format": 99}', "has format 99"), (b'{"format": NaN}', "NaN is no number"),
        (b'{"format": 1, "datasets": {}, "x": 1e999}', "too large"),
        (b'{"format": 1, "datasets": {}, "x": {"y": 1, "y": 2}}', "stands in it twice"),
        (b'{"format": 2, "x": ' + b"9" * 6000 + b"}", "damaged"),
        ("{}".encode("utf-16"), "damaged"),
    ],
)  # fmt: skip
def test_a_record_that_is_none_is_one_sentence(folder, content, message):
    (folder / "run.json").write_bytes(content)
    assert message in refusal(folder)


def test_a_record_that_is_no_file_is_one_sentence(folder, tmp_path):
    (folder / "run.json").unlink()
    assert "holds no run.json" in refusal(folder)
    for make in (lambda p: p.symlink_to("/etc/hostname"), lambda p: p.symlink_to("run.json"), os.mkfifo):
        make(folder / "run.json")
        assert "holds no run.json" in refusal(folder)
        (folder / "run.json").unlink()
    (folder / "run.json").mkdir()
    assert "holds no run.json" in refusal(folder)
    shutil.rmtree(folder)
    assert "there is no folder" in refusal(folder)


@pytest.mark.parametrize("name", ["../base/timecourse", "/etc/passwd", "..", ".hidden", "a/b/c", "a/../b", ""])
def test_nothing_outside_the_folder_is_opened(folder, name):
    edit(folder, lambda r: r["files"].update({f"{name}.nc": r["files"]["timecourse.nc"]}), sign=True)
    assert "no name of a file" in refusal(folder)


@pytest.mark.parametrize("content", [b"hello", b"CDF\x02" + bytes(500), b"\x89HDF\r\n\x1a\n" + bytes(99)])
def test_a_dataset_that_is_none_is_one_sentence(folder, content):
    (folder / "timecourse.nc").write_bytes(content)
    right = hashlib.sha256(content).hexdigest()
    edit(folder, lambda r: r["files"].update({"timecourse.nc": right}), sign=True)
    assert "timecourse.nc" in refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["datasets"].pop("timecourse"), lambda r: r.update(datasets={}), lambda r: r.update(datasets=[1]),
        lambda r: r["datasets"].pop("untreated"), lambda r: r.pop("datasets"), lambda r: r.pop("peaks"),
        lambda r: r["parameters"].update(mirna_half_effect=1.0), lambda r: r["peaks"].update(msc_alive="x"),
        lambda r: r["parameters"].update(mirna_half_effect=math.nan), lambda r: r.update(title=3),
        lambda r: r["datasets"].update({"../run/timecourse": r["datasets"]["timecourse"]}),
    ],
)  # fmt: skip
def test_the_first_edition_damaged_is_one_sentence(tmp_path, change):
    folder = Path(shutil.copytree(OLD, tmp_path / "out"))
    edit(folder, change)
    refusal(folder)


def test_a_full_disk_leaves_the_older_results_and_one_sentence(run, folder, monkeypatch):
    import errno

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (folder / "run.json").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match="No space left"):
        run.save(folder, picture())
    assert (folder / "run.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
