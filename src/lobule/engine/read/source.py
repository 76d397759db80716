"""The text of a model: from a file or as it is, decoded, always as SBML."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lobule.engine.read.antimony_text import translated
from lobule.errors import InputError, ModelError
from lobule.keeping import as_path, shown, told

LARGEST_FILE = 20_000_000  # characters; a model of 10,000 reactions has some 10 million

ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
FILE_NAME = re.compile(r"^\S+\.(xml|sbml|ant|txt)$", re.IGNORECASE)
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def sbml_text(source: str | Path) -> str:
    """Give the SBML of a model, translating Antimony.

    Raises
    ------
    InputError : neither text nor a path of a file that can be read.
    ModelError : too large, no text, or what Antimony's parser says, with its line.
    """
    if isinstance(source, Path):
        text = _of_file(source)
    elif isinstance(source, str):
        text = source
    else:
        raise InputError(
            f"a model is Antimony or SBML text, or a pathlib.Path of such a file, not {type(source).__name__}"
        )
    text = _plain(text)
    if text.lstrip().startswith("<"):
        return text
    if FILE_NAME.match(text.strip()):
        raise InputError(
            f'"{text.strip()}" is text, not a model; for the file of this name give pathlib.Path("{text.strip()}")'
        )
    return _bounded(translated(text))


def _plain(text: str) -> str:
    text = _bounded(text).lstrip("\ufeff")
    if not text.strip():
        raise ModelError("the model is empty; Antimony or SBML text is needed")
    for place, letter in enumerate(text):
        if letter == "\0" or "\ud800" <= letter <= "\udfff":
            raise ModelError(f"the model holds a character that is no text (code {ord(letter):#x}, position {place})")
    return text


def _bounded(text: str) -> str:
    if len(text) > LARGEST_FILE:
        raise ModelError(f"the model has {len(text)} characters; the reader takes at most {LARGEST_FILE}")
    return text


def _of_file(path: Path) -> str:
    """Text of a file in the encoding that it declares, UTF-8 by default."""
    with told(as_path(path, InputError), "cannot read the model file", InputError):
        size = path.stat().st_size
        if size > 4 * LARGEST_FILE:
            raise ModelError(f"{shown(path)} has {size} bytes; the reader takes at most {4 * LARGEST_FILE}")
        content = path.read_bytes()
    marked = [name for mark, name in MARKS if content.startswith(mark)]
    declared = ENCODING.match(content)
    name = marked[0] if marked else (declared[1].decode() if declared else "utf-8")
    try:
        return content.decode(name)
    except LookupError as error:
        raise ModelError(f'"{path}" declares the encoding "{name}", which nobody knows') from error
    except UnicodeDecodeError as error:
        raise ModelError(f'"{path}" is no text in {name}: byte {error.start} is {content[error.start]:#04x}') from error
