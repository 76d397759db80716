"""SBML text from its parts, as a person would write it."""

MATHML = "http://www.w3.org/1998/Math/MathML"


def sbml(head: str = "", **lists: str) -> str:
    """A Level 3 model; lists by their names without "listOf", in the order of the schema."""
    order = ("FunctionDefinitions", "Compartments", "Species", "Parameters", "InitialAssignments", "Rules", "Reactions",
             "Events")  # fmt: skip
    body = "".join(f"<listOf{name}>{lists[name]}</listOf{name}>" for name in order if lists.get(name))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
        f'<model id="model_of_test">{head}{body}</model></sbml>'
    )


def math(formula: str) -> str:
    return f'<math xmlns="{MATHML}">{formula}</math>'


def apply(operation: str, *parts: str) -> str:
    return f"<apply><{operation}/>{''.join(parts)}</apply>"


def ci(name: str) -> str:
    return f"<ci>{name}</ci>"


def cn(value: float) -> str:
    return f"<cn>{value}</cn>"


def parameter(name: str, value: object = None, constant: bool = False) -> str:
    given = "" if value is None else f' value="{value}"'
    return f'<parameter id="{name}"{given} constant="{str(constant).lower()}"/>'


def rate(name: str, formula: str) -> str:
    return f'<rateRule variable="{name}">{math(formula)}</rateRule>'


def assignment(name: str, formula: str) -> str:
    return f'<assignmentRule variable="{name}">{math(formula)}</assignmentRule>'


def initial(name: str, formula: str) -> str:
    return f'<initialAssignment symbol="{name}">{math(formula)}</initialAssignment>'


def function(name: str, argument: str, body: str) -> str:
    inside = math(f"<lambda><bvar>{ci(argument)}</bvar>{body}</lambda>")
    return f'<functionDefinition id="{name}">{inside}</functionDefinition>'


DECAY = rate("x", apply("minus", ci("x")))
