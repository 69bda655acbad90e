# make run: set up what is needed and print the advice for an example.
# make test: set up what is needed and check everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
EXAMPLE := examples/domestic-violence-waiting-list.yaml
# durable-rules is an extra: it needs a C compiler and a Python below 3.13.
DURABLE := $(shell $(PYTHON) -c 'import shutil, sys; print("durable" if sys.version_info < (3, 13) and (shutil.which("cc") or shutil.which("gcc")) else "")')

.PHONY: run test check format bench clean

run: $(VENV)/run
	$(BIN)/advisor assess $(EXAMPLE)

test: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/advisor rules check
	$(BIN)/advisor rules coverage
	$(BIN)/advisor rules prove
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing

format: $(VENV)/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks.engines
	$(BIN)/python -m benchmarks.space
	$(BIN)/python -m benchmarks.sweep

clean:
	rm -rf $(VENV) dist build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e .
	touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[dev,sweep,cluster]'
	$(if $(DURABLE),$(PIP) install -c constraints.txt -e '.[durable]')
	touch $@ $(VENV)/run

$(VENV)/bench: pyproject.toml constraints.txt | $(VENV)/test
	$(PIP) install -c constraints.txt -e '.[bench]'
	touch $@
