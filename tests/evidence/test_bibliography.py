"""The sources of the package as BibTeX: every entry whole, every sign that TeX reads written out."""

import re

from lobule.evidence import bibtex, entry, sources, sources_of
from lobule.evidence.tables import Source


def test_every_source_of_the_package_has_an_entry_with_balanced_braces_and_a_key_of_its_own():
    text = bibtex(sources().values())
    keys = re.findall(r"^@\w+\{([^,]+),$", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(sources())
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")


def test_signs_of_tex_are_written_out():
    text = entry(Source("a b", r"50 % of A_1 & {B}", "O'Neil", "2020", "J #1", "10.1/a_b", False))
    assert text.startswith("@article{a-b,")
    assert r"{{50 \% of A\_1 \& \{B\}}}" in text
    assert r"{J \#1}" in text and "doi = {10.1/a_b}" in text and "recalled" in text


def test_rows_of_evidence_lead_to_their_sources_once():
    assert [one.id for one in sources_of(["pk-K075", "chevillet2014", "assumed", ""])] == ["chevillet2014"]
