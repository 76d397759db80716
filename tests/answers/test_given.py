"""Products and standard care in the evidence: every number with value, range, grade and source."""

import pytest

from lobule.answers.evidence import evidence, explain
from lobule.answers.given import CARE, given, users_among_given
from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.therapy import cares, products


@pytest.mark.parametrize("name", sorted(products))
def test_a_product_tells_the_numbers_of_its_file(name):
    found, product = explain(name), products[name]
    told = [(one["value"], one["grade"], one["source"], one["note"]) for one in found["numbers"]]
    assert [(float(value), *rest) for value, *rest in told] == [
        (pytest.approx(one.value, rel=1e-5), one.grade, one.source, one.note) for one in product.estimates().values()
    ]
    constants = [one["sets"] for one in found["numbers"] if one["sets"]]
    assert set(constants) <= set(product.parameters()) | set(parameter_table())
    assert len(constants) >= len(product.cargo) + len(product.sets)


@pytest.mark.parametrize("name", sorted(cares()))
def test_standard_care_tells_what_it_adds_and_multiplies(name):
    found, care = explain(f"{CARE}{name}"), cares()[name]
    told = {one["sets"]: one["value"] for one in found["numbers"]}
    assert set(told) == {*care.adds, *care.times}
    for how, group in (("adds", care.adds), ("times", care.times)):
        assert all(float(told[constant].removeprefix(how)) == pytest.approx(value) for constant, value in group.items())


def test_a_name_that_is_a_lab_and_a_care_tells_of_both():
    assert explain("albumin")["as_standard_care"] == "care: albumin"
    assert explain("antiviral")["care"] == "antiviral" and "as_standard_care" not in explain("bilirubin")


def test_a_row_of_evidence_names_the_products_that_stand_on_it():
    assert "uc-msc-ev" in explain("pk-K088")["used_by"]
    assert users_among_given("no such row") == []


def test_the_command_prints_them_and_a_name_that_is_nearly_one_is_told():
    text = evidence("uc-msc-ev").text
    assert "number particles per ug; value 7.1e9; range 1e9 to 5e10; grade assumed; source pk-K088" in text
    with pytest.raises(InputError, match='Did you mean "uc-msc-ev"'):
        explain("uc-msc-evs")
    assert set(given()) == {*products, *(f"{CARE}{name}" for name in cares())}
