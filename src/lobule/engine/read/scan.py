"""A look over an XML text without recursion, before anything that recurses reads it: how deep, how large, what of
other packages it uses; notes and annotations, which carry no mathematics and are often malformed, are left out."""

from __future__ import annotations

import xml.parsers.expat
from dataclasses import dataclass, field

from lobule.errors import ModelError

DEEPEST = 1000  # elements inside elements; libsbml recurses and ends the process somewhere above 5,000
LEFT_OUT = ("notes", "annotation")


@dataclass(frozen=True)
class Scan:
    """An SBML text without notes and annotations (`sbml`, lines as before), the number of elements in its formulas, and
    the namespaces that it uses beyond declaring them."""

    sbml: str
    formula_size: int
    namespaces: frozenset[str]


@dataclass
class _Seen:
    parser: xml.parsers.expat.XMLParserType
    content: bytes
    depth: int = 0
    formula: int = 0  # depth at which the current formula began; 0 outside
    left_out: int = 0  # the same of a note or annotation
    formula_size: int = 0
    prefixes: set[str] = field(default_factory=set)
    declared: dict[str, set[str]] = field(default_factory=dict)  # namespaces of a prefix, "" without one
    cuts: list[list[int]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ModelError(
                f"line {self.parser.CurrentLineNumber}: the SBML is nested more than {DEEPEST} elements deep; write "
                "long formulas in parts"
            )
        prefix, _, local = name.rpartition(":")
        if self.left_out:
            return
        if local in LEFT_OUT and not self.formula:
            self.left_out = self.depth
            self.cuts.append([self.parser.CurrentByteIndex])
            return
        if local == "math" and not self.formula:
            self.formula = self.depth
        if self.formula:
            self.formula_size += 1
            return
        for attribute, value in attributes.items():
            if attribute == "xmlns" or attribute.startswith("xmlns:"):
                self.declared.setdefault(attribute[6:], set()).add(value)
        self.prefixes.add(prefix)
        self.prefixes.update(a.split(":")[0] for a in attributes if ":" in a and not a.endswith(":required"))

    def end(self, name: str) -> None:
        """An element ends."""
        if self.left_out == self.depth:
            self.left_out = 0
            self.cuts[-1].append(self._after(name))
        if self.formula == self.depth:
            self.formula = 0
        self.depth -= 1

    def _after(self, name: str) -> int:
        """Place behind the last tag of the element that ends; of `<notes/>` the parser stands there already."""
        here = self.parser.CurrentByteIndex
        return self.content.index(b">", here) + 1 if self.content.startswith(b"</" + name.encode(), here) else here

    def document_type(self, *_: object) -> None:
        """Entities could be defined there, which grow without bound or name files."""
        line = self.parser.CurrentLineNumber
        raise ModelError(f"line {line}: a document type (<!DOCTYPE ...>) has no place in SBML")


def scanned(sbml: str) -> Scan:
    """Look over a text.

    Raises
    ------
    ModelError : not well-formed, with its line; nested too deep; a document type.
    """
    parser = xml.parsers.expat.ParserCreate("UTF-8")
    content = sbml.encode()
    seen = _Seen(parser, content)
    parser.StartElementHandler, parser.EndElementHandler = seen.start, seen.end
    parser.StartDoctypeDeclHandler = seen.document_type
    try:
        parser.Parse(content, True)
    except xml.parsers.expat.ExpatError as error:
        what = xml.parsers.expat.ErrorString(error.code)
        raise ModelError(f"the SBML cannot be read, line {error.lineno}: {what}") from error
    used = frozenset(namespace for prefix in seen.prefixes for namespace in seen.declared.get(prefix, ()))
    return Scan(_without(content, seen.cuts).decode(), seen.formula_size, used)


def _without(content: bytes, cuts: list[list[int]]) -> bytes:
    """A text without what stands between the given places; its lines stay."""
    kept, place = [], 0
    for first, after in cuts:
        kept += [content[place:first], b"\n" * content.count(b"\n", first, after)]
        place = after
    return b"".join([*kept, content[place:]])
