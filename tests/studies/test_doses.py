"""Published doses: as given, with their rows, per kg."""

import pytest

from lobule.evidence import table_paths
from lobule.studies.doses import doses_like, published_doses, usual
from lobule.studies.tables import packaged_studies, packaged_trials


def test_each_dose_names_rows_that_are_there():
    known = {o.row_id for o in packaged_studies()[0]} | {row.row_id for row in packaged_trials()[0]}
    for one in published_doses():
        assert one.rows and set(one.rows) <= known
        assert one.per_kg > 0


def test_doses_are_those_that_the_tables_tell():
    mice = {one.study: one for one in doses_like("mouse", "vesicles")}
    assert mice["li2013"].written == "250 ug" and mice["li2013"].route == "intrahepatic"
    assert mice["haga2017_iri"].per_kg == pytest.approx(2e10 / 0.025)
    assert {one.species for one in mice.values()} == {"mouse"}
    people = doses_like("human", "cells")
    assert {one.species for one in people} == {"human"}
    assert 1e5 < usual(people) < 1e7
    assert all(path.is_file() for path in table_paths("studies"))


def test_where_a_species_has_none_those_of_others_are_given():
    assert {one.species for one in doses_like("human", "vesicles")} == {"mouse", "rat"}


def test_the_usual_dose_counts_a_source_once():
    yan = [one for one in doses_like("mouse", "vesicles") if one.source == "yan2017"]
    haga = [one for one in doses_like("mouse", "vesicles") if one.study == "haga2017_iri"]
    assert len(yan) == 3
    assert usual(yan) == pytest.approx(16e6 * 7.1e9 / 1e3, rel=0.01)
    assert usual(haga) < usual([*yan, *haga]) < usual(yan)
