# `make demo` and `make test` need only make and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo studio test fast lint docs mutants clean

demo: .venv/.lobule
	$(BIN)/lobule demo

studio: .venv/.lobule-studio
	$(BIN)/lobule studio

# A file of tests stays on one core, which keeps what it has prepared.
test: .venv/.lobule-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadfile
	$(BIN)/zensical build --clean --strict

fast: .venv/.lobule-test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not science and not peer"

lint: .venv/.lobule-test
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

docs: .venv/.lobule-test
	$(BIN)/zensical build --clean --strict

# An hour or two: changes one operator, number or word at a time in the modules of [tool.mutmut] and runs their tests.
mutants: .venv/.lobule-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[mutation]"
	PYTHONPATH=src $(BIN)/mutmut run; $(BIN)/mutmut results

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lobule needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.lobule: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

# With what the pages in a browser need.
.venv/.lobule-studio: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[studio]"
	@touch .venv/.lobule $@

.venv/.lobule-test: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test,docs]"
	@touch .venv/.lobule $@

clean:
	rm -rf .venv site build dist demo_results results out mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
