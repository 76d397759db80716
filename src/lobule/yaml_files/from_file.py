"""YAML files as trees; those that come with lobule are taken from the cache, where their trees were kept.

A command reads some 60 of them, and parsing takes longer than what it simulates. A file of a user is always parsed.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from lobule.arguments import a_path
from lobule.errors import InputError, shown
from lobule.keeping import keep, kept, told
from lobule.yaml_files import tree as tree_module
from lobule.yaml_files.tree import Tree, parse

MOST_BYTES = 200_000  # the longest description that comes with lobule has 3,000
PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def load(path: str | Path, what: str, fields: str) -> Tree:
    """Read a YAML file that describes one thing.

    Parameters
    ----------
    what, fields : for the message when it is none, such as "a scenario" and "subject, plan and until"

    Raises
    ------
    InputError : no file, too large, not UTF-8, not YAML, no mapping; one sentence with the line.
    """
    path = Path(a_path(path, "path"))
    if not os.path.isfile(path):  # unlike Path.is_file, this takes any text
        if os.path.isdir(path):
            raise InputError(f"{shown(path, 120)} is a folder, not the file of {what}")
        raise InputError(f"there is no file {shown(path, 120)}")
    with told(path, "cannot read", InputError), open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES} bytes; {what} has a page or two")
    if not os.path.abspath(path).startswith(PACKAGE):
        return parse(content, path.name, what, fields)
    return _of_package(content, path.name, what, fields)


@cache
def _reader() -> str:
    """What a tree depends on beside its file: the code that makes it and the parser."""
    code = [Path(file).read_text(encoding="utf-8") for file in (__file__, tree_module.__file__)]
    return repr([*code, version("ruamel.yaml")])


def _of_package(content: bytes, name: str, what: str, fields: str) -> Tree:
    key = f"yaml-{hashlib.sha256(_reader().encode() + content).hexdigest()}.json"
    text = kept(key)
    if text is not None:
        return _unpacked(name, text)
    tree = parse(content, name, what, fields)
    keep(key, _packed(tree))
    return tree


def _packed(tree: Tree) -> bytes:
    """A tree as JSON; a date, which JSON does not have and no file of lobule holds, raises TypeError."""
    return json.dumps([tree.data, list(tree.lines.items()), list(tree.written.items())]).encode()


def _unpacked(name: str, text: bytes) -> Tree:
    data, lines, written = json.loads(text)
    return Tree(name, data, {tuple(at): line for at, line in lines}, {tuple(at): one for at, one in written})
