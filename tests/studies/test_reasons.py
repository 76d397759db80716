"""Reasons: each is reached by words, and what it tells to write instead is understood."""

import re
from dataclasses import replace

import pytest

from lobule.errors import InputError
from lobule.studies.arms import arm_of
from lobule.studies.people import people_arm_of
from lobule.studies.reasons import reason, reasons, refuse
from lobule.studies.tables import packaged_studies, packaged_trials

ANIMAL = next(o for o in packaged_studies()[0] if o.study_id == "li2013")
PERSON = replace(
    next(row for row in packaged_trials()[0] if row.arm == "treated"), product="UC-MSC", stage="decompensated",
    etiology="HBV", endpoint="albumin", unit="direction", effect="improved", value=None, timepoint_d=168.0,
    design="RCT", route="iv", dose="", p_value=None,
)  # fmt: skip
WORDS = {
    "animal": ["fetal sheep"], "stage": ["post_tx", "metabolic (no cirrhosis)", "acute liver failure", "tumour"],
    "injury": ["schistosomiasis", "orthotopic HCC", "liver transplantation", "healthy"],
    "product": ["plasma exchange", "hepatocytes", "macrophages", "CD34+ cells", "amnion epithelial cells", "G-CSF"],
    "endpoint": ["sae", "rejection", "symptoms", "cholinesterase", "stiffness", "mayo_risk", "hepatocyte_ki67"],
}  # fmt: skip
FIELDS = {"animal": "species", "injury": "injury_model"}


def told(row, of, text):
    """What is raised for a row with these words."""
    changed = replace(row, **{FIELDS.get(of, of): text})
    changed = replace(changed, injury_detail="") if of == "injury" else changed
    with pytest.raises(InputError) as caught:
        arm_of(changed) if of in FIELDS else people_arm_of(changed, [])
    return str(caught.value)


@pytest.mark.parametrize(("of", "text"), [(of, text) for of, texts in WORDS.items() for text in texts])
def test_each_reason_is_told_with_a_line_that_makes_the_row_work(of, text):
    said = told(ANIMAL if of in FIELDS else PERSON, of, text)
    assert said == reason(of, text)
    column, cell = re.search(r"write (\w+): ([\w\d. -]+?)(?:,| or | with |$)", said).groups()
    if column in ("species", "injury_model"):
        other = replace(ANIMAL, **{column: cell}) if cell != "what harmed it" else ANIMAL
        assert arm_of(other).readout > 0
    else:
        assert people_arm_of(replace(PERSON, **{column: cell}), []).days > 0


def test_every_row_of_the_table_is_reached():
    reached = {reason(of, text) for of, texts in WORDS.items() for text in texts}
    assert len(reached) == len(reasons())


def test_what_the_table_does_not_know_is_refused_in_the_words_given():
    assert reason("stage", "healthy") is None
    assert str(refuse("stage", "healthy", "no such stage")) == "no such stage"
