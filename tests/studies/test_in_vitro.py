"""Experiments in a dish in words: plates, products, doses, readouts; every row of the evidence, or its reason."""

import pytest

from lobule.dish import READOUTS
from lobule.evidence import in_vitro_rows
from lobule.studies.in_vitro import (
    DOSE,
    NotInTheDish,
    endpoints_in_the_dish,
    products_in_the_dish,
    read_experiments,
    stimulus_of,
    understood,
)
from lobule.therapy import products

PLAIN = {"id": "x", "source_id": "none", "cells": "RAW264.7", "stimulus": "LPS", "product": "ev", "cell_source": "bm",
         "endpoint": "tnf_a", "direction": "down"}  # fmt: skip


def test_every_experiment_of_the_evidence_is_understood():
    for row in in_vitro_rows():
        assert understood(row).readout in READOUTS


def test_the_tables_name_what_exists():
    assert {endpoint.readout for endpoint in endpoints_in_the_dish()} <= set(READOUTS)
    assert {endpoint.sign for endpoint in endpoints_in_the_dish()} == {1, -1}
    assert {product.product for product in products_in_the_dish().values()} <= set(products)


def test_an_experiment_in_words_is_a_plate():
    found = understood(PLAIN | {"duration_h": "6"})
    assert (dict(found.plate.cells), dict(found.plate.stimulus)) == (
        {"macrophages": "1e6 cell/mL"},
        {"lps": "100 ng/mL"},
    )
    assert (found.plate.species, found.plate.duration) == ("mouse", "6 h")
    assert (found.product, found.dose, found.readout, found.sign, found.same) == (
        "bm-msc-ev",
        DOSE,
        "tnf_alpha",
        1,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "cells", "species"),
    [
        ({"cells": "LX-2", "endpoint": "collagen1"}, "stellate_cells", "human"),
        ({"cells": "AML12 hepatocytes or macrophages", "endpoint": "apoptosis"}, "macrophages", "mouse"),
        ({"cells": "AML12 hepatocytes", "endpoint": "apoptosis"}, "hepatocytes", "mouse"),
        ({"cells": "PBMC", "endpoint": "proliferation"}, "t_cells", "human"),
    ],
)
def test_cells_are_those_that_show_the_endpoint(changes, cells, species):
    found = understood(PLAIN | changes)
    assert (list(found.plate.cells), found.plate.species) == ([cells], species)


def test_stimuli_that_are_given_together_are_all_added_and_of_two_the_first():
    assert stimulus_of("TNF-a/D-GalN") == {"tnf_alpha": "20 ng/mL", "galactosamine": "5 mM"}
    assert stimulus_of("LPS or IL-4") == {"lps": "100 ng/mL"}
    assert stimulus_of("none") == {}
    with pytest.raises(NotInTheDish, match=r'stimulus "LPS \+ palmitate"'):
        stimulus_of("LPS + palmitate")


def test_a_dose_of_a_well_is_used_and_another_one_said():
    assert understood(PLAIN | {"dose_value": "20", "dose_unit": "µg/mL"}).dose == "20 ug/mL"
    other = understood(PLAIN | {"dose_value": "3", "dose_unit": "cups"})
    assert other.dose == DOSE
    assert '"3 cups" is no dose of a well' in other.note
    medium = understood(PLAIN | {"product": "cm", "cell_source": "bm"})
    assert (medium.product, medium.dose, medium.same) == ("uc-msc-medium", "50 %", False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cells": "HUVEC"}, 'cells "HUVEC"'),
        ({"endpoint": "motility", "cells": "LX-2"}, 'endpoint "motility" of stellate_cells'),
        ({"product": "msc"}, 'product "msc"'),
    ],
)
def test_what_the_dish_has_not_is_refused_by_name(changes, message):
    with pytest.raises(NotInTheDish, match=message):
        understood(PLAIN | changes)


def test_a_table_of_ones_own_is_read_with_its_bad_rows_told(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(f"{','.join(PLAIN)},duration_h\n{','.join(PLAIN.values())},12\n", encoding="utf-8")
    rows, left = read_experiments(path)
    assert (rows, left) == ([PLAIN | {"duration_h": "12.0"}], [])
