"""A file that is handed from one page to another of the same browser: kept in memory under a random word of a link."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from lobule.studio.incoming import Incoming

MOST = 20  # files; the oldest goes first

_kept: OrderedDict[str, tuple[str, Incoming]] = OrderedDict()
_alone = threading.Lock()


def hand(table: Incoming, owner: str) -> str:
    """Keep a file for its owner; gives the word under which it is taken."""
    word = secrets.token_hex(16)
    with _alone:
        _kept[word] = owner, table
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return word


def taken(word: str, owner: str) -> Incoming | None:
    """The file of a word; None where it is gone, or is somebody else's. A reload finds it again."""
    with _alone:
        whose, table = _kept.get(word, ("", None))
    return table if table is not None and secrets.compare_digest(whose, owner) else None
