"""A cause, a component of cargo or a product more is one file more: nothing else knows their names."""

import shutil

import pytest

from lobule.model import cargo, causes
from lobule.patient import Animal
from lobule.therapy import Plan, product


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of a library that a test may add to, read instead of the package's own."""
    cleared = []

    def copied(module, *caches):
        folder = tmp_path / module.FOLDER.name
        shutil.copytree(module.FOLDER, folder)
        monkeypatch.setattr(module, "FOLDER", folder)
        cleared.extend(caches)
        for one in caches:
            one.cache_clear()
        return folder

    yield copied
    monkeypatch.undo()
    for one in cleared:
        one.cache_clear()


def test_a_cause(library):
    folder = library(causes, causes.causes)
    text = (folder / "ccl4.yaml").read_text(encoding="utf-8")
    (folder / "bromobenzene.yaml").write_text(text.replace("name: ccl4", "name: bromobenzene"), encoding="utf-8")
    new, old = Animal("mouse", injury="bromobenzene", weeks=6), Animal("mouse", injury="ccl4", weeks=6)
    assert len(new.events()) == len(old.events()) > 0


def test_a_component_of_cargo(library):
    folder = library(cargo, cargo.components, cargo.effects_text)
    shutil.copy(folder / "hgf.yaml", folder / "follistatin.yaml")
    assert "follistatin" in cargo.components()
    assert {"follistatin_half_effect", "follistatin_copies_per_particle"} <= {row["id"] for row in cargo.constants()}
    assert "follistatin_hepatocyte_" in cargo.effects_text()


def test_a_product(library):
    folder = library(product, product._library)
    (folder / "amnion-msc-ev.yaml").write_text("name: amnion-msc-ev\nlike: uc-msc-ev\n", encoding="utf-8")
    assert Plan("amnion-msc-ev", dose="1e9 particle").name == "amnion-msc-ev"
