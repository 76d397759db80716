"""Seconds of processor time from the text of a model to its first value, nothing cached.

    python benchmarks/engine_compile.py [--large]

Random networks of mass action and Michaelis-Menten steps of the size of real models (75 states with 618 reactions;
with --large 500 states with 2,000), and the liver. Reading, differentiating, emitting and the machine's compiler apart.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time

MODELS = {"75 states, 618 reactions": (75, 618), "500 states, 2000 reactions": (500, 2000)}


def network(states: int, reactions: int, seed: int = 1) -> str:
    """SBML of a random network; every reaction takes one or two species into one or two."""
    draw = random.Random(seed)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" '
    )
    head += 'version="1"><model id="network"><listOfCompartments><compartment id="c" spatialDimensions="3" size="1" '
    parts = [head, 'constant="true"/></listOfCompartments><listOfSpecies>']
    parts += [
        f'<species id="s{i}" compartment="c" initialConcentration="{draw.uniform(0, 2):.3f}" '
        'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>'
        for i in range(states)
    ]
    parts.append("</listOfSpecies><listOfParameters>")
    for r in range(reactions):
        parts.append(f'<parameter id="k{r}" value="{draw.uniform(0.01, 1):.3f}" constant="true"/>')
        parts.append(f'<parameter id="m{r}" value="{draw.uniform(0.1, 2):.3f}" constant="true"/>')
    parts.append("</listOfParameters><listOfReactions>")
    parts += [_reaction(r, draw.sample(range(states), 4), draw.random()) for r in range(reactions)]
    return "".join([*parts, "</listOfReactions></model></sbml>"])


def _reaction(number: int, species: list[int], kind: float) -> str:
    a, b, c, d = (f"s{i}" for i in species)
    k, m = f"<ci>k{number}</ci>", f"<ci>m{number}</ci>"
    reactants, products = [a], [c]
    if kind < 0.4:  # reversible binding
        reactants, products = [a, b], [c]
        forth = f"<apply><times/>{k}<ci>{a}</ci><ci>{b}</ci></apply>"
        law = f"<apply><minus/>{forth}<apply><times/>{m}<ci>{c}</ci></apply></apply>"
    elif kind < 0.7:  # enzyme
        below = f"<apply><plus/>{m}<ci>{a}</ci></apply>"
        law = f"<apply><divide/><apply><times/>{k}<ci>{b}</ci><ci>{a}</ci></apply>{below}</apply>"
        products = [c, d]
    else:
        law = f"<apply><times/>{k}<ci>{a}</ci></apply>"
    listed = [
        f"<listOf{side}>"
        + "".join(f'<speciesReference species="{s}" stoichiometry="1" constant="true"/>' for s in names)
        + f"</listOf{side}>"
        for side, names in (("Reactants", reactants), ("Products", products))
    ]
    modifiers = f'<listOfModifiers><modifierSpeciesReference species="{b}"/></listOfModifiers>' if kind < 0.7 else ""
    math = f'<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">{law}</math></kineticLaw>'
    return f'<reaction id="r{number}" reversible="false" fast="false">{"".join(listed)}{modifiers}{math}</reaction>'


def measure(name: str) -> None:
    """In a process of its own: a line with the seconds of each part."""
    from lobule import engine

    if name == "the liver of a mouse":
        from lobule.model.assemble import sbml

        text = sbml("mouse")
    else:
        text = network(*MODELS[name])
    begin = time.process_time()
    engine.compile("model m; x = 1; x' = -x; end").solve(times=[1])  # what is loaded once, and Numba's control loop
    marks = [time.process_time()]
    model = engine.compile(text)
    marks.append(time.process_time())
    structure = model.code.structure()
    n, operations = len(structure.slopes.entries), structure.order.operations
    marks.append(time.process_time())
    solution = model.solve(times=[0.0, 1.0])
    marks.append(time.process_time())
    assert solution.complete, solution.reasons
    read, differentiated, rest = (b - a for a, b in itertools.pairwise(marks))
    print(
        f"{name}: {marks[-1] - marks[0]:.1f} s (reading {read:.1f}, slopes and order {differentiated:.1f}, code and "
        f"first solve {rest:.1f}); {n} slopes, {operations} multiply-adds a factorisation; "
        f"once an installation, the control loop: {marks[0] - begin:.1f} s; all this process: {marks[-1]:.1f} s",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(arguments.one)
        return 0
    names = [name for name in MODELS if arguments.large or not name.startswith("500")]
    for name in [*names, "the liver of a mouse"]:
        with tempfile.TemporaryDirectory() as cache:
            surroundings = os.environ | {"LOBULE_CACHE": cache, "OMP_NUM_THREADS": "1"}
            subprocess.run([sys.executable, __file__, "--one", name], env=surroundings, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
