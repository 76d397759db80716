"""Groups of patients as a reader says them: "women", "MELD-Na ≥ 18"."""

from __future__ import annotations

from lobule.labs import labs
from lobule.patient.criteria import Criteria


def in_words(text: str, *, turned: bool = False) -> str:
    """Criteria on patients as a reader says them; the opposite of a single one where turned.

    >>> in_words("female >= 1"), in_words("female >= 1", turned=True), in_words("meld_na >= 18", turned=True)
    ('women', 'men', 'MELD-Na < 18')
    """
    rules = Criteria.read(text).rules
    if turned and len(rules) > 1:
        return f"not ({in_words(text)})"
    found = []
    for rule in rules:
        one = rule.turned() if turned else rule
        if one.name == "female" and bool(one.holds(1.0)) != bool(one.holds(0.0)):
            found.append("women" if one.holds(1.0) else "men")
            continue
        lab = labs().get(one.name)
        unit = f" {lab.unit}" if lab is not None and lab.unit not in ("", "points") else ""
        sign = one.sign.replace(">=", "≥").replace("<=", "≤")
        title = lab.title if lab is not None else one.name
        found.append(f"{title} {sign} {one.limit:.6g}{unit}")
    return " and ".join(found)
