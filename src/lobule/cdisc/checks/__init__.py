"""Checks of tables of submission, by the names that rules call them: each yields where its rule is broken.

A check is given everything that was read, the name of a table (or the folder of a define.xml), the words of its rule.
"""

from lobule.cdisc.checks import analysis, described, general, subjects, tabulation

ALL = {
    name: check
    for module in (general, subjects, analysis, tabulation, described)
    for name, check in vars(module).items()
    if callable(check) and not name.startswith("_") and check.__module__ == module.__name__
}
