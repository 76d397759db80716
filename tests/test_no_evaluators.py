"""No text of a file reaches anything that runs it: the source is walked for every evaluator that Python offers.

What is found must be in the list below, each with the reason why no file feeds it. A new one fails here until somebody
has thought about it.
"""

import ast
import os
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "lobule"

BUILTINS = {"eval", "exec", "compile", "__import__", "execfile", "breakpoint"}
ATTRIBUTES = {
    "sympify", "parse_expr", "lambdify", "Lambdify", "eval", "query", "literal_eval", "read_pickle",
    "to_pickle", "run_module", "run_path", "exec_module", "SourceFileLoader", "format_map",
    "unsafe_load", "full_load", "from_string", "getaddrinfo", "urlopen", "urlretrieve", "loadAntimonyFile",
    "read_html", "read_json", "read_sql", "read_hdf", "get_type_hints",
}  # fmt: skip
MODULES = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "subprocess", "code", "codeop", "runpy",
    "imp", "urllib", "http", "socket", "requests", "fsspec", "jinja2", "ftplib", "pdb",
}  # fmt: skip
QUIET = set(dir(os)) - {n for n in dir(os) if n.startswith(("exec", "spawn", "posix_spawn", "system", "popen", "fork"))}
KEYWORDS = {("allow_pickle", True), ("typ", "unsafe"), ("shell", True), ("trust_remote_code", True)}

ALLOWED = {
    "engine/card/cuda.py: exec": "source of the kernel is written here from indices and numbers (card/scalar.py)",
    "engine/card/cuda.py: compile": "the same",
    "engine/*: .sympify": "SymEngine, of expressions built from the parsed tree of the model; never of text",
    "engine/read/antimony_text.py: subprocess": "a program that stands there; the text is only its input",
    "calibrate/petab/lint.py: .from_string": "PEtab's reader of SBML, after the engine has read the same text",
    "__init__.py: import_module": "names of its own modules, which stand in a table there",
    "cli/__init__.py: import_module": "the same",
    "cli/show.py: import_module": "names of answers, which stand in the source of the commands",
    "model/balance.py: .sympify": "SymEngine's parser of formulas, of the model's own fragments; it runs nothing",
    "optional.py: import_module": "packages that its callers name in the source",
    "optional.py: urllib": "takes the path out of the address of this installation; nothing is opened",
    "validate/credibility_file.py: jinja2": "one page of the source, filled with numbers and names of our own",
    "validate/credibility_file.py: .from_string": "the same",
    "tissue/*: .query": "of a tree of points; numbers alone",
    "report/page.py: jinja2": "templates stand in the source; every value is escaped",
    "report/page.py: .from_string": "the same",
    "report/page.py: .format": "of markup that stands in the source",
    "report/cohort_page.py: .format": "the same",
    "report/patient_page.py: .format": "the same",
    "answers/whole/of_run.py: .format": "the same",
    "answers/whole/references.py: .format": "the same",
    "report/whole/curves.py: .format": "the same",
    "report/whole/page.py: .format": "the same",
    "report/whole/tables.py: .format": "the same",
    "quality/validation.py: .format": "of texts that stand in the source",
    "trial/estimands.py: .format": "the same",
    "trial/replicates.py: joblib": "sends our own functions and arrays to our own processes; reads no file",
    "studio/*: urllib": "links and headers are taken apart and put together; nothing is opened",
    "studio/*: http": "reads cookies",
    "studio/*: .query": "a state as the query of a link, not of a table",
    "studio/jobs.py: subprocess": "lobule's own command of a job, from a list of words; no shell",
    "studio/runner.py: subprocess": "the same",
    "studio/pages/__init__.py: import_module": "modules of its own folder",
    "studio/notebook.py: subprocess": "lobule's own command, from a list of words; no shell",
    "studio/notebook.py: socket": "a free port of this machine",
    "studio/server.py: socket": "whether the port is free",
    "keeping/drafts.py: socket": "the name of this machine; nothing is opened",
}


def _stands_in_the_source(node):
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def findings(text):
    """(line, what) of everything in a source that can run, load or fetch what it is given."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in BUILTINS | ATTRIBUTES:
                yield node.lineno, node.func.id
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "import_module" and not isinstance(node.args[0], ast.Constant):
                yield node.lineno, name
            if isinstance(node.func, ast.Attribute):
                if isinstance(node.func.value, ast.Name) and node.func.value.id == "os" and name not in QUIET:
                    yield node.lineno, f"os.{name}"
                if node.func.attr in ATTRIBUTES:
                    yield node.lineno, f".{node.func.attr}"
                if node.func.attr == "format" and not _stands_in_the_source(node.func.value):
                    yield node.lineno, ".format"
                if node.func.attr == "open_dataset" and "engine" not in {k.arg for k in node.keywords}:
                    yield node.lineno, ".open_dataset"  # the other engines open addresses
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Constant) and (keyword.arg, keyword.value.value) in KEYWORDS:
                    yield node.lineno, f"{keyword.arg}={keyword.value.value!r}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, a.name.split(".")[0]) for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield node.lineno, (node.module or "").split(".")[0]


def allowed(place, what):
    folder = place.split("/")[0]
    return any(key in ALLOWED for key in (f"{place}: {what}", f"{folder}/*: {what}", f"*: {what}"))


def test_nothing_in_the_source_runs_what_a_file_says():
    found = [
        f"{place}:{line}: {what}"
        for path in sorted(SOURCE.rglob("*.py"))
        for place in [path.relative_to(SOURCE).as_posix()]
        for line, what in findings(path.read_text(encoding="utf-8"))
        if not allowed(place, what)
    ]
    assert not found, "think about what feeds it, then put it into ALLOWED with the reason:\n" + "\n".join(found)


def test_nothing_is_allowed_that_is_not_there():
    seen = set()
    for path in SOURCE.rglob("*.py"):
        place = path.relative_to(SOURCE).as_posix()
        for _, what in findings(path.read_text(encoding="utf-8")):
            seen |= {f"{place}: {what}", f"{place.split('/')[0]}/*: {what}", f"*: {what}"}
    assert set(ALLOWED) <= seen


@pytest.mark.parametrize(
    "text",
    [
        "eval(cell)", "sympy.sympify(cell)", "from sympy import sympify\nsympify(cell)", "frame.query(cell)",
        "pd.eval(cell)", "np.load(path, allow_pickle=True)", "YAML(typ='unsafe')", "import pickle", "os.system(cell)",
        "from subprocess import run", "cell.format(run=run)", "xr.open_dataset(path)", "sympy.lambdify(x, formula)",
    ],
)  # fmt: skip
def test_an_evaluator_would_be_found(text):
    assert list(findings(text))
