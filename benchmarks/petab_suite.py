"""Runs the cases of PEtab's test suite, version 1, through `lobule petab import`'s evaluation.

    python benchmarks/petab_suite.py FOLDER

FOLDER is a clone of the repository PEtab-dev/petab_test_suite. Each case passes when simulations, log-likelihood and
chi2 are within the suite's own tolerances. Prints a Markdown table; the last line reads `N passed, N refused, N wrong`;
exit code 1 unless all pass.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from lobule.calibrate.petab.evaluate import evaluate_problem
from lobule.errors import LobuleError

PASSED, REFUSED, WRONG = "passed", "refused", "wrong"
CASES = "petabtests/cases/v1.0.0/sbml"


def run(folder: Path) -> tuple[str, str, str]:
    """Outcome of one case, and by how much simulations and log-likelihood differ."""
    wanted = YAML(typ="safe").load(next(folder.glob("*solution.yaml")))
    try:
        found = evaluate_problem(folder / f"_{folder.name}.yaml")
    except LobuleError as error:
        return REFUSED, str(error), ""
    simulated = found.simulations["simulation"].to_numpy()
    expected = pd.concat([pd.read_csv(folder / name, sep="\t") for name in wanted["simulation_files"]])
    gap = float(np.abs(simulated - expected["simulation"].to_numpy()).max())
    of_likelihood, of_chi2 = abs(found.log_likelihood - wanted["llh"]), abs(found.chi2 - wanted["chi2"])
    right = gap < wanted["tol_simulations"] and of_likelihood < wanted["tol_llh"] and of_chi2 < wanted["tol_chi2"]
    return PASSED if right else WRONG, f"{gap:.1e}", f"{of_likelihood:.1e}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    root = parser.parse_args().folder / CASES
    outcomes = []
    print("| case | what | outcome | simulations differ by | log-likelihood differs by |\n|---|---|---|---|---|")
    for folder in sorted(path for path in root.iterdir() if path.name.isdigit()):
        what = next(
            line for line in (folder / f"{folder.name}.py").read_text(encoding="utf-8").splitlines() if "brief=" in line
        )
        outcome, *differences = run(folder)
        outcomes.append(outcome)
        print(f"| {folder.name} | {what.split('brief=')[1].strip(' ,').strip(chr(34))} | {outcome} | "
              f"{' | '.join(differences)} |")  # fmt: skip
    print(", ".join(f"{outcomes.count(kind)} {kind}" for kind in (PASSED, REFUSED, WRONG)))
    return 0 if outcomes and set(outcomes) == {PASSED} else 1


if __name__ == "__main__":
    sys.exit(main())
