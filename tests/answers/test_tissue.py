"""`lobule tissue`: every file opens in the program it is for; every mistake is one sentence."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from lobule.answers.tissue import tissue
from lobule.errors import InputError
from lobule.tissue.cells import HEPATOCYTES, OTHERS

pytestmark = pytest.mark.science
SCENE = """title: A sheet
subject: {species: mouse, injury: {cause: ccl4, dose: 1 mL/kg}}
plan: {product: uc-msc-ev, dose: 1e10 particle, start: 1 d}
until: 2 d
tissue: {lobules: 3, pictures: [1 d, 2 d]}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tissue")
    (folder / "scene.yaml").write_text(SCENE)
    answer = tissue(folder / "scene.yaml", also="anndata, zarr, qupath, parquet")
    return answer, answer.save(folder / "out")


def test_the_answer_says_what_a_pathologist_would(results):
    answer, _ = results
    assert answer.said.startswith("On day 2; untreated: collagen")
    assert "Necrosis was worst in the central third" in answer.said
    assert set(answer.tables) == {"pathology", "zones", "courses"}


def test_cells_open_as_anndata_with_the_conventions_of_squidpy(results):
    import anndata

    cells = anndata.read_h5ad(results[1] / "cells.h5ad")
    assert cells.obsm["spatial"].shape == (cells.n_obs, 2)
    (library,) = cells.uns["spatial"]
    assert cells.uns["spatial"][library]["images"]["hires"].ndim == 3
    scale = cells.uns["spatial"][library]["scalefactors"]["tissue_hires_scalef"]
    rows, columns = cells.uns["spatial"][library]["images"]["hires"].shape[:2]
    assert (cells.obsm["spatial"].max(axis=0) * scale <= [columns + 1, rows + 1]).all()
    assert {"hepatocyte", "kupffer"} <= set(cells.obs["kind"])


def test_fields_open_in_xarray(results):
    import xarray as xr
    import zarr

    with zarr.storage.ZipStore(results[1] / "fields.zarr.zip", mode="r") as store:
        fields = xr.open_zarr(store, consolidated=False).load()
    assert fields["day"].values.tolist() == [1, 2]
    assert np.isfinite(fields["danger_signal"]).all()


def test_the_section_knows_the_size_of_its_pixels_and_its_cells_lie_in_it(results):
    import tifffile

    with tifffile.TiffFile(results[1] / "section.ome.tiff") as file:
        shape, described = file.pages[0].shape, file.ome_metadata
    assert re.search(r'PhysicalSizeX="1.0"', described)
    cells = pd.read_csv(results[1] / "section_cells.csv")
    assert cells["Centroid X µm"].between(0, shape[1] + 1).all()
    assert cells["Centroid Y µm"].between(0, shape[0] + 1).all()


def test_tables_of_cells_agree(results):
    csv, parquet = pd.read_csv(results[1] / "cells.csv"), pd.read_parquet(results[1] / "cells.parquet")
    assert len(csv) == len(parquet)
    assert set(csv["arm"]) == {"treated", "untreated"}


def test_the_page_needs_no_other_file_and_has_every_picture(results):
    page = (results[1] / "tissue.html").read_text()
    assert not re.search(r'(src|href)="http', page)
    assert page.count("data:image/webp;base64,") == 2 * 2 * 3


def test_the_cells_that_the_page_tells_are_those_of_the_table(results):
    page = (results[1] / "tissue.html").read_text()
    data = json.loads(re.search(r'id="sheet">(.*?)</script>', page, re.DOTALL)[1])
    table = pd.read_csv(results[1] / "cells.csv")
    table = table[(table["arm"] == "treated") & (table["x_um"] < data["size"][0]) & (table["y_um"] < data["size"][1])]
    last = data["frames"][1][-1]
    kinds = [OTHERS[one[0]] for one in last["others"]]
    assert (
        pd.Series(kinds).value_counts().to_dict()
        == table[table["kind"] != "hepatocyte"]["kind"].value_counts().to_dict()
    )
    outside = [int(one) < 3 for one in data["places"]["where"]]
    states = [HEPATOCYTES[int(one)] for one, seen in zip(last["states"], outside, strict=True) if seen]
    wanted = table[table["kind"] == "hepatocyte"]["state"].value_counts().to_dict()
    assert {name: n for name, n in pd.Series(states).value_counts().items() if name != "gap"} == wanted


@pytest.mark.parametrize(("change", "word"), [
    (("pictures: [1 d, 2 d]", "pictures: [3 d]"), "until 2 d"),
    (("lobules: 3", "lobules: 1"), "3"),
    (("lobules: 3", "lobuls: 3"), "lobules"),
])  # fmt: skip
def test_a_mistake_in_the_section_is_one_sentence(tmp_path, change, word):
    (tmp_path / "scene.yaml").write_text(SCENE.replace(*change))
    with pytest.raises(InputError, match=word):
        tissue(tmp_path / "scene.yaml")


def test_an_unknown_further_file_is_told_before_the_work(tmp_path):
    (tmp_path / "scene.yaml").write_text(SCENE)
    with pytest.raises(InputError, match="anndata"):
        tissue(tmp_path / "scene.yaml", also="andata")
