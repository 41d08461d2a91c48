# Everything from a fresh clone, with only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One process for each core; a process that has run its share takes tests of another's.
PYTEST := $(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist worksteal

.PHONY: help demo test test-slow lint bench clean
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("cavendish needs Python 3.11 or newer; run make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@# The official SA-Co evaluator, one file of which is a test's oracle; what the rest of it needs is not wanted.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps sam3
	touch $@

demo: $(VENV)/.ready  ## paint and read the bundled examples, leave a page of pictures in out/demo
	$(BIN)/python examples/demo.py --out out/demo

test: $(VENV)/.ready  ## set everything up and run the tests
	$(PYTEST)

test-slow: $(VENV)/.ready  ## the tests that take longer than a minute each
	$(PYTEST) -m slow

lint: $(VENV)/.ready  ## ruff and mypy
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/mypy

bench: $(VENV)/.ready  ## speed and noise benchmarks, ratios against named peers
	for b in benchmarks/*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

clean:  ## remove the environment and every product
	rm -rf $(VENV) out build dist
