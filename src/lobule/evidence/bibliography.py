"""The sources behind some rows of evidence, as a bibliography that other programs read (BibTeX)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lobule.evidence.tables import Source, fact, known_ids, sources

SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
           "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip
RECALLED = "recalled, not read again"


def sources_of(identifiers: Iterable[str]) -> list[Source]:
    """The sources in which rows of evidence stand, and sources named by their own id, once each and in order of id;
    words that name neither are left out.

    >>> [source.id for source in sources_of(["li2013", "our qPCR"])]
    ['li2013']
    """
    found = set()
    for word in identifiers:
        if word in sources():
            found.add(word)
        elif word in known_ids():
            found |= {name for name in re.split(r"[;\s]+", fact(word).get("source_id", "")) if name in sources()}
    return [sources()[name] for name in sorted(found)]


def bibtex(found: Iterable[Source]) -> str:
    """Entries of BibTeX, an empty line between two."""
    return "\n".join(map(entry, found))


def entry(source: Source) -> str:
    """One entry: an article where a journal is known, else misc.

    >>> print(entry(Source("a_1", "miR-125b & Smo: 50 %", "Hyun J", "2015", "Sci Rep", "10.1/x", True)))
    @article{a_1,
      author = {Hyun J and others},
      title = {{miR-125b \\& Smo: 50 \\%}},
      journal = {Sci Rep},
      year = {2015},
      doi = {10.1/x}
    }
    <BLANKLINE>
    """
    fields = {
        "author": f"{_escaped(source.first_author)} and others" if source.first_author else "",
        "title": f"{{{_escaped(source.title)}}}" if source.title else "",
        "journal": _escaped(source.journal),
        "year": source.year,
        "doi": source.doi,
        "url": "" if source.doi else source.address,
        "note": "" if source.seen else RECALLED,
    }
    kind = "article" if source.journal else "misc"
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{re.sub(r'[^A-Za-z0-9:_-]', '-', source.id)},\n{lines}\n}}\n"


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(sign, sign) for sign in text)
