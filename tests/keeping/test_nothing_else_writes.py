"""Nothing is written, and no refusal of the system is handled, but in the rooms that know how."""

import ast
from collections import Counter
from pathlib import Path

import lobule

SOURCE = Path(lobule.__file__).parent
ROOMS = ("files", "keeping")
WRITERS = {
    "writelines", "write_text", "write_bytes", "to_csv", "to_parquet", "to_excel", "to_json", "to_netcdf", "to_pickle",
    "savefig", "savez", "savez_compressed", "savetxt", "tofile", "open_memmap", "mkdir", "makedirs", "rmtree", "unlink",
    "renames", "symlink_to", "touch", "mkdtemp", "mkstemp", "copyfile", "copytree",
}  # fmt: skip
# Words that others use too, by the module in front.
OF_MODULES = {
    ("os", "remove"),
    ("os", "rename"),
    ("os", "replace"),
    ("shutil", "move"),
    ("np", "save"),
    ("json", "dump"),
}
# Calls that write no file: (file, name): why.
ALLOWED = {
    ("report/style.py", "savefig"): "draws into memory",
    ("report/records.py", "to_json"): "gives a text",
    ("studio/takeaway.py", "to_parquet"): "into memory",
    ("tissue/resume.py", "savez"): "into memory",
    ("studio/runner.py", "write_text"): "a program of the standard library alone, in the folder of its job",
    ("studio/runner.py", "replace"): "the same",
    ("studio/runner.py", "open"): "the same",
}
OF_THE_SYSTEM = {"OSError", "IOError", "FileNotFoundError", "PermissionError", "FileExistsError", "NotADirectoryError",
                 "IsADirectoryError"}  # fmt: skip
# Handlers that are meant: around a call of a foreign library, which raises what it likes, and where a command ends.
MEANT = {
    "cli/outcome.py": 4,  # a fault becomes exit code 70; standard streams that are closed or full
    "cli/progress.py": 1,  # standard error that is closed
    "calibrate/petab/lint.py": 1,  # petab
    "report/style.py": 1,  # matplotlib
    "trial/population.py": 1,  # Arrow
    "yaml_files/tree.py": 1,  # ruamel
    "trial/execute.py": 1,  # distributed
    "studio/pages/compare.py": 1,  # a plan that a link names, whatever is wrong with it
    "studio/server.py": 1,  # a port that is taken
    "studio/worker.py": 2,  # a fault in one page's run or in telling it, after which the pages of others go on
    "cdisc/submitted.py": 2,  # files of others that are none of the kind
    "cdisc/transport.py": 1,  # pyreadstat
}


def sources():
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        if inside.parts[0] not in ROOMS:
            yield inside.as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def writes(node):
    """A method that writes; `table.to_csv()` without a path gives a text."""
    if not isinstance(node.func, ast.Attribute):
        return False
    in_memory = called(node) == "to_csv" and not node.args and {k.arg for k in node.keywords} <= {"index"}
    module = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    return (called(node) in WRITERS and not in_memory) or (module, called(node)) in OF_MODULES


def opens_to_write(node):
    if called(node) not in ("open", "fdopen"):
        return False
    modes = [a.value for a in node.args if isinstance(a, ast.Constant)]
    modes += [k.value.value for k in node.keywords if k.arg == "mode" and isinstance(k.value, ast.Constant)]
    return any(isinstance(mode, str) and len(mode) < 4 and set(mode) & set("wax+") for mode in modes)


def renames(node):
    """`path.replace(other)`; a text's has two arguments, that of dataclasses is no method."""
    if called(node) != "replace" or not isinstance(node.func, ast.Attribute):
        return False
    of_a_page = ast.unparse(node.func.value).endswith(("session", "self"))  # another state of a page of the studio
    return len(node.args) == 1 and not node.keywords and not of_a_page


def test_no_other_room_writes_a_file():
    found = [
        f"{name}:{node.lineno} {called(node)}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (writes(node) or opens_to_write(node) or renames(node))
        and (name, called(node)) not in ALLOWED
    ]  # fmt: skip
    assert not found


def test_no_other_room_handles_what_the_system_refuses_or_whatever_happens():
    found = Counter()
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                names = {getattr(kind, "id", getattr(kind, "attr", "")) for kind in kinds}
                if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:  # tidies up and passes it on
                    continue
                if node.type is None or names & (OF_THE_SYSTEM | {"Exception", "BaseException"}):
                    found[name] += 1
    assert found == Counter(MEANT)
