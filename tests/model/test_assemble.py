"""Antimony as SBML: translated once, and kept for the next process."""

import pytest

from lobule.model import assemble

TEXT = "model m; A = 1; k = 2; J: A -> B; k*A; B = 0; end"


def test_a_text_is_translated_once_and_kept_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    made = assemble.sbml_of(TEXT, "a title")
    assert 'name="a title"' in made

    def never(antimony, title):
        raise AssertionError(f"{title} is translated again")

    monkeypatch.setattr(assemble, "_translated", never)
    assert assemble.sbml_of(TEXT, "a title") == made
    for text, title in ((TEXT, "another title"), (TEXT.replace("2", "3"), "a title")):
        with pytest.raises(AssertionError, match="translated again"):
            assemble.sbml_of(text, title)
