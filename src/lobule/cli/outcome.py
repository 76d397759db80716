"""How a command ends: its exit code, and the sentence that goes with it.

0 done; 1 done, and the answer is no (`replay`); 2 something that the user can mend, in one sentence; 70 a fault of
lobule, with what to report; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import errno
import gc
import os
import platform
import shlex
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lobule.cli.applications import app
from lobule.errors import LobuleError, LobuleWarning
from lobule.optional import without_other_arrays

MISTAKE, FAULT, STOPPED = 2, 70, 130
# New objects between two searches for garbage that refers to itself. Libraries make half a million while they load, and
# none of it is garbage: at Python's own 700 a tenth of a command's time goes into looking.
OBJECTS = 100_000
# What printing fails with; what files fail with has a name of a file, or became a sentence in lobule.keeping.
OF_A_STREAM = (errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Entry point of the command line."""
    without_other_arrays()
    gc.set_threshold(OBJECTS)
    code = ended(_commands)
    gc.freeze()  # else Python looks through all that is left before it lets go of it: half a second of a run
    sys.exit(code)


def _commands() -> None:
    app(prog_name="lobule")


def ended(work: Callable[[], Any]) -> int:
    """Do the work, say on standard error how it ended, and give the exit code."""
    _standard_streams()
    with warnings.catch_warnings():
        warnings.showwarning = _told_apart(warnings.showwarning)
        try:
            code = _code_of(work)
            _flushed()
        except OSError as error:
            return _unwritable(error)
        return code


def _code_of(work: Callable[[], Any]) -> int:
    try:
        if _working_folder_is_gone():
            raise LobuleError("the working folder is gone; go to another one")
        work()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except LobuleError as error:
        if "--traceback" in sys.argv:
            traceback.print_exc()
        _print_error(f"lobule: {error.told()}")
        return MISTAKE
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:  # the one place that tells a fault of lobule itself, which no room below may hide
        if isinstance(error, OSError) and error.filename is None and error.errno in OF_A_STREAM:
            raise
        _tell_fault(error)
        return FAULT
    return 0


def _working_folder_is_gone() -> bool:
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def _standard_streams() -> None:
    """Streams that take any text; a closed one is nowhere, so that no file of results gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # None or replaced, as in a test
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _told_apart(usual: Callable[..., None]) -> Callable[..., None]:
    """Shows a LobuleWarning as a sentence, and every other warning as usual."""

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, LobuleWarning):
            _print_error(f"lobule: {message}")
        else:
            usual(message, category, *rest, **more)

    return show


def _tell_fault(error: Exception) -> None:
    """An internal error: what happened where, and what to report."""
    from importlib.metadata import version

    place = traceback.extract_tb(error.__traceback__)[-1]
    module = place.filename.partition("/lobule/")[2] or os.path.basename(place.filename)
    command = shlex.join(["lobule", *sys.argv[1:]])
    if "--traceback" in sys.argv:
        traceback.print_exception(error)
    first = (str(error).splitlines() or [""])[0][:300]
    _print_error(
        f"lobule: internal error, a fault of lobule and not yours: {type(error).__name__} in {module}, line "
        f"{place.lineno}: {first}\n"
        f"Please report these lines, and what `lobule --traceback {shlex.join(sys.argv[1:])}` prints, with your input "
        f"files.\nlobule {version('lobule')}, Python {platform.python_version()}, {platform.platform()}; {command}"
    )


def _print_error(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it
        print(text, file=sys.stderr, flush=True)


def _flushed() -> None:
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def _unwritable(error: OSError) -> int:
    """Standard output takes no more: full, or nobody reads it, which is no mistake to be told."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer goes nowhere, at exit too
    if isinstance(error, BrokenPipeError):
        return 1
    _print_error(f"lobule: cannot write to standard output: {error.strerror}; files that were written are complete")
    return MISTAKE
