"""Number formats of Excel: the text that a cell shows around its number, and when it shows another number.

A format such as `"<"0.0` shows 0.4 as <0.4: what a person reads is a limit, and so it is read here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lobule.files.cells import SHOWN

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|\\(?P<escaped>.)"
    r"|(?P<blank>_.|\*.)"  # the width of a character, a character that fills the cell
    r"|\[\$(?P<symbol>[^\]\-]*)(?:-[^\]]*)?\]"
    r"|\[[^\]]*\]"  # a colour, a condition
    r"|(?P<number>[Gg][Ee][Nn][Ee][Rr][Aa][Ll]|@|[0#?]*\s*[0#?]+\s*/\s*[0#?1-9]+|(?:[0#?][0#?,]*)?\.?[0#?][0#?,]*"
    r"(?:\.[0#?,]*)?(?:[Ee][+-][0#?]+)?)"
    r"|(?P<percent>%)"
    r"|(?P<other>.)",
    re.DOTALL,
)
SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*)(?:;|$)', re.DOTALL)
CONDITION = re.compile(r"\[[<>=]")  # "[<1]0%;0": another format by the value
SCALED = re.compile(r",(?:[.Ee]|$)")  # a comma behind the digits divides by a thousand
SIGNS = "-()"  # how a format of negative numbers shows their sign
UNSIGNED = str.maketrans("", "", SIGNS)
MIMICS = re.compile(r"[^A-Za-z]*[-–—−0-9.,']")  # a text that would be read as part of the number beside it
DASHES = ("-", "–", "—")


class Section(NamedTuple):
    """One section of a format: the text before and after the digits, each run of digits, how many percent signs."""

    before: str
    after: str
    digits: list[str]
    percent: int


def shown_number(value: float, written: str, form: str) -> str | None:
    """The text of a number as its format shows it, with all its digits; None where it shows another number.

    Parameters
    ----------
    written : the number itself as text
    form : the number format of the cell

    >>> [shown_number(0.4, "0.4", form) for form in ("0.00", '"<"0.0', "0%", '0.0" EU/L"', "0.0,", ";;;")]
    ['0.4', '<0.4', '40 %', '0.4 EU/L', None, None]
    """
    if not form or form == "General":
        return written
    sections, conditional = _sections(form)
    if conditional:
        texts = {_by_section(value, written, section, value < 0) for section in sections}
        return texts.pop() if len(texts) == 1 else None
    if value < 0 and len(sections) > 1:
        return _by_section(value, written, sections[1], own_sign=True)
    return _by_section(value, written, sections[2 if value == 0 and len(sections) > 2 else 0])


def why_not(form: str) -> str:
    """Why a number whose format shows another one cannot be used."""
    return f'its number format "{form[:SHOWN]}" shows another number than it holds'


@lru_cache(maxsize=256)
def _sections(form: str) -> tuple[list[Section], bool]:
    """The sections of a format: of positive numbers, of negative ones, of 0; and whether they have conditions."""
    texts, at, ended = [], 0, False
    while not ended:
        section = SECTION.match(form, at)
        if section is None:  # a quotation mark without its other half
            return [Section("", "", [], 0)], False
        texts.append(section[1])
        at, ended = section.end(), section[0] == section[1]
    return [_section(text) for text in texts], CONDITION.search(form) is not None


def _section(text: str) -> Section:
    before, after, digits, percent = "", "", [], 0
    for token in TOKEN.finditer(text):
        percent += token["percent"] is not None
        if token["number"] is not None:
            digits.append(token["number"])
            continue
        literal = next((t for t in token.group("quoted", "escaped", "symbol", "other") if t is not None), "")
        before, after = (before, after + literal) if digits else (before + literal, after)
    return Section(before.strip(), after.strip(), digits, percent)


def _by_section(value: float, written: str, section: Section, own_sign: bool = False) -> str | None:
    """The text by one section of a format. A section of negative numbers has its own sign, or shows none."""
    before, after, digits = section.before, section.after, section.digits
    if own_sign:
        if not any(sign in before + after for sign in SIGNS):
            return None
        before, after = (text.translate(UNSIGNED).strip() for text in (before, after))
    if value == 0 and before in DASHES:  # what accountants write for nothing
        return written
    if not digits:
        return None if MIMICS.match(before) else before or None
    if len(digits) > 1 or section.percent > 1 or SCALED.search(digits[0]):
        return None
    if MIMICS.match(before) or MIMICS.fullmatch(after[:1]):
        return None
    if set(digits[0]) == {"0"} and written.isdecimal() and not section.percent:
        written = written.zfill(len(digits[0]))  # a number of a record: 00123
    number = f"{value * 100:.15g} %" if section.percent else written
    return f"{before}{number}{' ' if after else ''}{after}"
