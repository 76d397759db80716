"""Packages that only some questions need: asked for before the work, with the command that installs them."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

from lobule.errors import NotInstalled

# That are installed by another name than they are imported by.
PACKAGES = {"sklearn": "scikit-learn", "sksurv": "scikit-survival"}
# Kinds of arrays that lobule never has. Wherever they are installed, xarray imports them all to ask whether an array is
# one of theirs, which takes as long as simulating.
OTHER_ARRAYS = ("cupy", "dask", "pint", "sparse")


def without_other_arrays() -> None:
    """Import no other arrays than NumPy's in this process, until something optional is asked for.

    For a process that is lobule's own, such as a command: a library leaves what its users import alone.
    """
    for name in OTHER_ARRAYS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # which is how Python is told not to import it


def needs(*modules: str, extra: str) -> tuple[ModuleType, ...]:
    """The modules, imported; called before the work, so that none is lost for a package that is not there.

    Parameters
    ----------
    modules : names of modules, such as "arviz" or "petab.v1"
    extra : of pyproject.toml, that brings them

    Raises
    ------
    NotInstalled : names what is missing and the command that installs it here.

    >>> needs("json", "csv", extra="test")[0].__name__
    'json'
    """
    for name in OTHER_ARRAYS:  # which an optional package may be built on
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]
    found, missing = [], []
    for name in modules:
        try:
            found.append(import_module(name))
        except ImportError:
            package = name.partition(".")[0]
            missing.append(PACKAGES.get(package, package))
    if missing:
        raise NotInstalled(f"this needs {' and '.join(dict.fromkeys(missing))}: {install_command(extra)}")
    return tuple(found)


def install_command(extra: str) -> str:
    """What installs an extra into the environment that runs: from the clone where lobule is one, else by name."""
    clone = _clone()
    python = Path(sys.prefix) / ("Scripts" if sys.platform == "win32" else "bin") / "pip"
    if clone is None:
        return f'{_short(python, Path.cwd())} install "lobule[{extra}]"'
    inside = _short(python, clone)
    return f'cd {shlex.quote(str(clone))} && {inside} install -e ".[{extra}]"'


def _clone() -> Path | None:
    """The folder that an editable installation runs from."""
    try:
        told = json.loads(metadata.distribution("lobule").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return None
    if not told.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(told["url"]).path))


def _short(path: Path, folder: Path) -> str:
    return shlex.quote(str(path.relative_to(folder) if path.is_relative_to(folder) else path))
