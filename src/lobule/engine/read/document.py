"""An SBML text as a libsbml document that is valid as far as its mathematics goes, of one piece and of bounded size."""

from __future__ import annotations

import re

import libsbml

from lobule.engine.read.model import refuse_unsupported
from lobule.engine.read.scan import Scan, scanned
from lobule.engine.read.sizes import LARGEST, copies, refuse_too_large
from lobule.errors import ModelError

DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'  # libsbml wants it; the text is Python's, whatever it was as a file
MOST_COPIES = 1000  # submodels

FEW_RULES = 100
# The last three are not asked for: no mathematics.
CATEGORIES = (
    "GENERAL_CONSISTENCY", "IDENTIFIER_CONSISTENCY", "MATHML_CONSISTENCY", "OVERDETERMINED_MODEL", "UNITS_CONSISTENCY",
    "SBO_CONSISTENCY", "MODELING_PRACTICE",
)  # fmt: skip

# Rules of SBML that the mathematics does not depend on: units, ids of metadata, SBO terms, notes and annotations.
# Beside them: numbers and truth values in each other's place mean something here (see mathml.py), and a rate law that
# uses a species which its reaction does not list is only untidy.
NO_MATHEMATICS = (
    range(10220, 10222), range(10302, 10303), range(10307, 10310), range(10311, 10314), range(10401, 10405),
    range(10501, 10600), range(10701, 10720), range(10801, 10806), range(20216, 20222), range(20233, 20234),
    range(20401, 20422), range(20507, 20519), range(20605, 20609), range(20616, 20617), range(20701, 20703),
)  # fmt: skip
TRUTH_VALUES = (10209, 10210, 10211, 10212, 10213, 10217, 21202)
UNLISTED_SPECIES = 21121
SAME_ID = 10301

HARMLESS = ("l3v2extendedmath", "layout", "render")  # part of the core, or only about pictures


def checked(sbml: str) -> libsbml.SBMLDocument:
    """Read an SBML text.

    Raises
    ------
    ModelError : not well-formed, not valid by libsbml's consistency check, too large, or in need of a package that is
        not supported; one sentence with line and id.
    """
    scan = scanned(DECLARATION.sub("", sbml))
    document = libsbml.readSBMLFromString(HEAD + scan.sbml)
    _refuse_errors(document)
    if document.getModel() is None:
        raise ModelError("the SBML document holds no model")
    is_whole = _refuse_packages(document, scan)
    refuse_too_large(document.getModel(), scan.formula_size if is_whole else None)
    refuse_unsupported(document.getModel())
    _check(document, "IDENTIFIER_CONSISTENCY", "MATHML_CONSISTENCY", "OVERDETERMINED_MODEL")
    _check(_without_chains(document), "GENERAL_CONSISTENCY")
    return document


def _check(document: libsbml.SBMLDocument, *asked: str) -> None:
    for category in CATEGORIES:
        document.setConsistencyChecks(getattr(libsbml, f"LIBSBML_CAT_{category}"), category in asked)
    document.checkConsistency()
    _refuse_errors(document)


def _without_chains(document: libsbml.SBMLDocument) -> libsbml.SBMLDocument:
    """The document, or a copy without the formulas of its rules where there are many: libsbml looks for circles among
    them by writing out every chain, in a time that grows with the cube of its length. The reader looks for them too."""
    model = document.getModel()
    if model.getNumRules() + model.getNumInitialAssignments() <= FEW_RULES:
        return document
    copy, nothing = document.clone(), libsbml.parseL3Formula("0")
    for holder in (*copy.getModel().getListOfRules(), *copy.getModel().getListOfInitialAssignments()):
        if holder.isSetMath():
            holder.setMath(nothing)
    return copy


def _refuse_errors(document: libsbml.SBMLDocument) -> None:
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    for error in errors:
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and not _is_harmless(error):
            raise ModelError(f"the SBML is not valid, line {error.getLine()}: {_sentence(error)}")
    document.getErrorLog().clearLog()


def _is_harmless(error: libsbml.SBMLError) -> bool:
    code = error.getErrorId()
    if code == SAME_ID:  # nothing can refer to the id of the model itself
        return "<model>" in error.getMessage().strip().splitlines()[-1]
    return code in (*TRUTH_VALUES, UNLISTED_SPECIES) or any(code in codes for codes in NO_MATHEMATICS)


def _sentence(error: libsbml.SBMLError) -> str:
    """What is wrong; libsbml puts the element at fault on the last line of a long message."""
    lines = [line.strip() for line in error.getMessage().strip().splitlines() if line.strip()]
    after = lines[-1].lstrip(".[ ") if len(lines) > 1 and not lines[-1].startswith("Reference") else ""
    return f"{error.getShortMessage()}{': ' if after else ''}{after}".rstrip(".")[:500]


def _refuse_packages(document: libsbml.SBMLDocument, scan: Scan) -> bool:
    """Put submodels in, forget packages that are declared and not used, refuse the others; False where something was
    put in."""
    is_whole = True
    for plugin in [document.getPlugin(i) for i in range(document.getNumPlugins())]:
        package, uri, prefix = plugin.getPackageName(), plugin.getURI(), plugin.getPrefix()
        if package in HARMLESS or not document.getPkgRequired(package):
            continue
        if package == "comp":
            is_whole = not _put_submodels_in(document, scan.formula_size)
        elif uri in scan.namespaces:
            raise ModelError(f'the SBML package "{package}" changes what the model means and is not supported')
        document.enablePackage(uri, prefix, False)
    return is_whole


def _put_submodels_in(document: libsbml.SBMLDocument, formula_size: int) -> bool:
    """Make a composed model one model; a model of another file is never opened. False where nothing is composed."""
    plugin, own = document.getPlugin("comp"), document.getModel().getPlugin("comp")
    if own is None or own.getNumSubmodels() == 0:
        return False
    if plugin.getNumExternalModelDefinitions():
        name = plugin.getExternalModelDefinition(0).getId()
        raise ModelError(f'the submodel "{name}" lies in another file, which is not opened; put it into this one')
    number = copies(document)
    if number > MOST_COPIES or number * formula_size > 10 * LARGEST:
        raise ModelError(f"the model has {number} submodels; the reader takes at most {MOST_COPIES} small ones")
    properties = libsbml.ConversionProperties()
    properties.addOption("flatten comp", True)
    properties.addOption("performValidation", False)
    properties.addOption("leavePorts", False)
    if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
        _refuse_errors(document)
        raise ModelError("the submodels (SBML package comp) cannot be put into one model")
    return True
