"""What a report cites: the sources of its numbers, the studies beside it, and lobule itself."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from lobule.answers.whole.commands import Guidance
from lobule.evidence import Source, bibtex, citation, fact, known_ids, sources_of
from lobule.report.whole.page import Reference

FIRST = 3  # ids of evidence that a cell names
SOFTWARE = "lobule: an in-silico liver for mesenchymal stem cell and exosome therapy"


def references_of(
    identifiers: Iterable[str], version: str, guidance: Iterable[Guidance] = ()
) -> tuple[list[Reference], str]:
    """The list for the page and the same as BibTeX.

    Parameters
    ----------
    identifiers : ids of rows of evidence and of sources; other words are left out
    version : of lobule
    guidance : what the command follows
    """
    words = dict.fromkeys(identifiers)
    found = sources_of(words)
    rows: dict[str, list[str]] = {}
    for word in words:
        for one in sources_of([word]):
            rows.setdefault(one.id, []).append(word)
    own = Reference("lobule", f"The lobule developers. {SOFTWARE}. Version {version}.")
    followed = list(guidance)
    listed = [
        own,
        *(Reference(one.id, one.text) for one in followed),
        *(_of_source(one, rows[one.id]) for one in found),
    ]
    targets = [word for word in words if _is_target(word)]
    listed += [Reference(word, f"{word}, what the model must show: {fact(word)['statement']}") for word in targets]
    text = f"@software{{lobule,\n  author = {{{{The lobule developers}}}},\n  title = {{{SOFTWARE}}},\n"
    text += f"  version = {{{version}}}\n}}\n"
    rest = "".join(f"@misc{{{one.id},\n  title = {{{{{one.text}}}}}\n}}\n" for one in followed)
    return listed, "\n".join(filter(None, [text, rest, bibtex(found)]))


def linked(text: str) -> Markup | str:
    """Ids of evidence, each a link to where the list names its source; other words as they are. Of many the first ones:
    the list has them all."""
    words = text.split()
    more = f" and {len(words) - FIRST} more" if len(words) > FIRST + 1 else ""
    return Markup(" ").join(_link(word) for word in (words[:FIRST] if more else words)) + more if text else ""


def _link(word: str) -> Markup:
    found = sources_of([word])
    target = found[0].id if found else word if _is_target(word) else ""
    return Markup('<a href="#ref-{}">{}</a>').format(target, word) if target else Markup("{}").format(word)


def _is_target(word: str) -> bool:
    return word in known_ids() and "statement" in fact(word)


def _of_source(one: Source, rows: Iterable[str]) -> Reference:
    text = citation(one.id)
    text = text.replace(one.doi, "").replace("  ", " ").strip() if one.doi else text
    cited = ", ".join(word for word in rows if word != one.id)
    return Reference(one.id, f"{text}{f' Rows of evidence: {cited}.' if cited else ''}", one.doi)
