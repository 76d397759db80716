"""Small PEtab problems written into a folder: a reversible conversion A <=> B with a closed-form course."""

import math

MODEL = """
model conversion
  compartment box = 1
  species A in box, B in box
  a0 = 1; b0 = 1; k1 = 0; k2 = 0
  A = a0
  B = b0
  forward: A => B; box*k1*A
  back: B => A; box*k2*B
end
"""
RULES = """
model conversion_by_rules
  a0 = 1; b0 = 1; k1 = 0; k2 = 0
  species A; B = b0
  A = a0
  A' = k2*B - k1*A
  B' = k1*A - k2*B
end
"""
CONDITIONS = "conditionId\nusual\n"
OBSERVABLES = "observableId\tobservableFormula\tnoiseFormula\nobs\tA\t0.5\n"
MEASUREMENTS = "observableId\tsimulationConditionId\tmeasurement\ttime\nobs\tusual\t0.7\t0\nobs\tusual\t0.1\t10\n"
HEADER = "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
YAML = (
    "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n  - condition_files: [conditions.tsv]\n"
    "    measurement_files: [measurements.tsv]\n    observable_files: [observables.tsv]\n    sbml_files: [model.xml]\n"
)


def sbml(text):
    """SBML of an Antimony text."""
    import antimony

    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    return antimony.getSBMLString(antimony.getMainModuleName())


def parameters(**values):
    """Table of estimated parameters on the linear scale."""
    return HEADER + "".join(f"{name}\tlin\t0\t10\t{value}\t1\n" for name, value in values.items())


USUAL = parameters(a0=1, b0=0, k1=0.8, k2=0.6)


def write(folder, model=MODEL, **tables):
    """Write a problem; tables by name, those not given are the usual ones. Gives the path of problem.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"conditions": CONDITIONS, "measurements": MEASUREMENTS, "observables": OBSERVABLES, "parameters": USUAL}
    for name, text in (files | tables).items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    (folder / "model.xml").write_text(model if model.lstrip().startswith("<") else sbml(model), encoding="utf-8")
    (folder / "problem.yaml").write_text(YAML, encoding="utf-8")
    return folder / "problem.yaml"


def course_a(t, a0, b0, k1, k2):
    """Closed form of A."""
    total, rate = a0 + b0, k1 + k2
    rest = k2 * total / rate
    return rest + (a0 - rest) * math.exp(-rate * t)
