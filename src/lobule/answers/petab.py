"""`lobule petab`: a patient's fit as a PEtab problem, and a PEtab problem simulated."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.content import Beside
from lobule.answers.record import record_of
from lobule.files.one_patient import read_patient
from lobule.keeping import write_table
from lobule.optional import needs

SIMULATIONS = "simulations.tsv"


def export(labs: Path, *, out: Path, etiology: str, years: float, patient: str | None = None) -> Answer:
    """Write a patient's fit as a PEtab v1 problem that passes petablint, into the folder `out`.

    Raises
    ------
    InputError : the table, or what PEtab cannot say. NotInstalled : no PEtab library.
    """
    needs("petab.v1", extra="petab")
    from lobule.calibrate.petab.export import export_problem

    export_problem(read_patient(labs, patient).course, etiology, years, out)
    options = {"etiology": etiology, "years": years, "patient": patient}
    said = "PEtab problem: problem.yaml"
    return Answer("PEtab problem", said, said, {"problem": "problem.yaml"}, record_of("petab", said, [labs], options))


def evaluate(problem: Path) -> Answer:
    """Simulate a PEtab v1 problem at its nominal parameters.

    Raises
    ------
    InputError : the problem. NotInstalled : no PEtab library.
    """
    needs("petab.v1", extra="petab")
    from lobule.calibrate.petab.evaluate import evaluate_problem

    found = evaluate_problem(problem)
    said = f"log-likelihood {found.log_likelihood:.6f}, chi2 {found.chi2:.6f}, log-prior {found.log_prior:.6f}"
    return Answer(
        title=f"PEtab problem {Path(problem).name}",
        said=said,
        text=said,
        data={"log_likelihood": found.log_likelihood, "chi2": found.chi2, "log_prior": found.log_prior},
        record=record_of("petab-import", "PEtab problem", [problem]),
        files={SIMULATIONS: Beside(lambda path: write_table(path, found.simulations), "the simulation table of PEtab")},
        main=SIMULATIONS,
    )
