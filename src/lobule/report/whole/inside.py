"""Pictures that stand in another page of ours, so that a report can show them too."""

from __future__ import annotations

import re

from markupsafe import Markup

from lobule.report.whole.page import Shown

FIGURE = re.compile(r"<figure(?P<of>.*?)(?P<svg><svg.*?</svg>)(?P<rest>.*?)</figure>", re.DOTALL)
CAPTION = re.compile(r"<figcaption[^>]*>(.*?)</figcaption>", re.DOTALL)
LABEL = re.compile(r'aria-label="([^"]*)"')


def pictures_in(page: str) -> list[Shown]:
    """The figures of a page that are drawn as SVG, with what stands below them.

    >>> pictures_in('<figure aria-label="It falls"><svg></svg><figcaption>ALT</figcaption></figure>')[0].said
    'It falls'
    """
    found = []
    for one in FIGURE.finditer(page):
        caption, label = CAPTION.search(one["rest"]), LABEL.search(one["of"])
        about = Markup(caption[1] if caption else "").striptags()
        said = Markup(label[1]).unescape() if label else about
        found.append(Shown(str(about), str(said), one["svg"].encode(), "svg"))
    return found
