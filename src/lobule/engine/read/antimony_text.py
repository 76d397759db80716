"""Antimony text as SBML, through libantimony, which may neither open files nor keep the process busy for ever."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

import antimony

from lobule.errors import ModelError, shortened

LONGEST = 60  # seconds that libantimony may take; a model of 3,000 states takes one
SHORT = 500  # rules, and names in a formula, up to which libantimony is quick whatever they say
SHORT_CHAIN = 50  # rules that use each other up to which it is quick

# What separates a word from the text around it: comments and quoted text are skipped whole.
WORDS = re.compile(
    r'"[^"\n]*"?|//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z)|(?P<word>[^\W\d]\w*)|(?P<rule>:=)|(?P<end>[;\n])', re.S
)

_ANTIMONY = threading.Lock()  # libantimony keeps its loaded models in one global list

_ALONE = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
except (ImportError, ValueError, OSError):
    pass  # no such limit on this system
import antimony
antimony.clearDirectories()
if antimony.loadAntimonyString(sys.stdin.buffer.read().decode()) < 0:
    sys.stdout.buffer.write(b"-" + antimony.getLastError().encode(errors="replace"))
else:
    sys.stdout.buffer.write(b"+" + antimony.getSBMLString(antimony.getMainModuleName()).encode())
"""


def translated(text: str) -> str:
    """SBML of an Antimony text.

    Raises
    ------
    ModelError : the parser's sentence with its line number; an import of another file; a model on which libantimony
        works for more than a minute.
    """
    sbml = _alone(text) if _is_long_work(text) else _here(text)
    if not sbml:
        raise ModelError("the Antimony text holds no model")
    return sbml


def _is_long_work(text: str) -> bool:
    """libantimony's work grows with the cube of the length of a chain of rules, and doubles where a rule uses another
    twice: such texts are left to a process that can be stopped. Refuses imports, which would open files."""
    uses: dict[str, list[str]] = {}
    before, names = "", list[str]()
    target, longest = "", 0
    for match in WORDS.finditer(text):
        word = match["word"]
        if word == "import":
            raise ModelError(
                f"line {text.count(chr(10), 0, match.start()) + 1}: import is not available; a model is one file"
            )
        if match["rule"]:
            target, names = before, []
        elif match["end"]:
            longest = max(longest, len(names))
            if target:
                uses.setdefault(target, []).extend(names)
            target, names = "", []
        elif word:
            before = word
            names.append(word)
    return longest > SHORT or len(uses) > SHORT or _chain(uses) > SHORT_CHAIN


def _chain(uses: dict[str, list[str]]) -> int:
    """Largest number of ways from a rule down through the rules that it uses, counted up to a bound."""
    ways: dict[str, int] = {}
    for first in uses:
        stack = [first]
        while stack:
            name = stack[-1]
            missing = [other for other in uses[name] if other in uses and other not in ways]
            if name in ways or any(other in stack for other in missing):  # a circle: libantimony says so at once
                ways.setdefault(name, 1)
                stack.pop()
            elif missing:
                stack.append(missing[0])
            else:
                ways[name] = 1 + sum(ways[other] for other in uses[name] if other in uses)
                stack.pop()
            if ways.get(name, 0) > SHORT_CHAIN:
                return ways[name]
    return max(ways.values(), default=0)


def _here(text: str) -> str:
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        antimony.clearDirectories()
        if antimony.loadAntimonyString(text) < 0:
            raise ModelError(f"the Antimony model cannot be read: {shortened(_last_error())}")
        sbml = antimony.getSBMLString(antimony.getMainModuleName())
        antimony.clearPreviousLoads()
    return sbml or ""


def _last_error() -> str:
    try:
        return " ".join(antimony.getLastError().split())
    except UnicodeDecodeError:  # libantimony cuts its quotation of the model in the middle of a character
        return "it holds characters that Antimony does not know"


def _alone(text: str) -> str:
    """The same in a process of its own, which is stopped after a time."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _ALONE], input=text.encode(), capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"Antimony's translator did not come to an end in {LONGEST} s, as with long chains of assignment rules; "
            "give the model as SBML"
        ) from error
    answer = done.stdout.decode(errors="replace")
    if done.returncode != 0 or answer[:1] not in ("+", "-"):
        raise ModelError("Antimony's translator broke down on this model; give it as SBML")
    if answer[0] == "-":
        raise ModelError(f"the Antimony model cannot be read: {shortened(answer[1:])}")
    return answer[1:]
