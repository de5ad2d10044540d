# Each target creates its environment in .venv on first use. The machine needs Python, pip and apt.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Node has its own list of certificate authorities; add those of the machine.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)

WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)  # tests also wait: for processes, sockets and the browser

QUICK := tests/actors tests/codecs tests/models tests/querysets tests/report $(wildcard tests/test_*.py)

.PHONY: run test test-lowest test-clients quick check compile-tests references docs bench soak clean

run: .venv/installed-run  ## run the main example: index the standard library with a flow
	$(BIN)/python examples/stdlib_index/main.py

test: .venv/installed-dev .venv/installed-javascript .venv/installed-browser  ## run lint, types, layers, all tests and all code blocks of the documentation
	$(MAKE) --jobs 3 check compile-tests references
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

test-lowest: .venv-lowest/installed .venv/installed-javascript .venv/installed-browser  ## run the tests with the lowest declared version of each dependency
	.venv-lowest/bin/python -m pytest -q -n auto --dist loadfile -W default tests

test-clients: .venv/installed-dev .venv/installed-clients  ## run a workflow on the AWS SDKs for Go, Ruby and JavaScript 2, and on aiobotocore
	$(BIN)/python -m pytest -q tests/clients/clients.py

quick: .venv/installed-dev  ## run the tests of the object layer, codecs, actors and reports, without those of processes
	$(BIN)/python -m pytest -q -n auto -k 'not moto and not test_soak and not test_isolation and not test_processes' $(QUICK)

check: .venv/installed-dev  ## run lint, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

compile-tests: .venv/installed-dev  ## compile the package and the tests once, which otherwise each process does
	$(BIN)/python -m compileall -q swf
	$(BIN)/python -m pytest -q --collect-only > /dev/null

references: .venv/installed-dev  ## read the documentation without writing pages; a broken reference is an error
	$(BIN)/python -m sphinx -b dummy -W --keep-going -n -q -E docs docs/_build/references

docs: .venv/installed-dev .venv/installed-browser  ## draw the pictures of the console, build the documentation in docs/_build and run its code blocks
	$(BIN)/python docs/tables.py
	$(BIN)/python docs/screenshots.py
	mkdir -p docs/_build
	$(BIN)/swf help --man > docs/_build/swf.1
	$(BIN)/python -m sphinx -b html -W --keep-going -n -q docs docs/_build
	$(BIN)/python -m pytest -q README.md CONTRIBUTING.md docs examples

bench: .venv/installed-bench  ## run the benchmarks against the peers
	for bench in bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

soak: .venv/installed-dev  ## run long randomized tests, then executions whose actors are killed
	SWF_SOAK=1 $(BIN)/python -m pytest -q -n auto --timeout 3600 tests/local
	SWF_SOAK=1 $(BIN)/python -m pytest -q -n auto --timeout 3600 -m "hypothesis or seeds" tests --ignore tests/local
	$(BIN)/python bench/soak.py

clean:  ## remove the environment and generated files
	rm -rf .venv .venv-lowest build dist *.egg-info docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv || ( \
	  rm -rf .venv && \
	  ( $(PYTHON) -m pip --version || { apt-get update && apt-get install -y python3-pip; } ) && \
	  $(PYTHON) -m pip install --user --break-system-packages virtualenv && \
	  $(PYTHON) -m virtualenv .venv )

.venv/installed-run: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/pip install -q -e '.[cli,console,local]'
	touch $@

.venv/installed-dev: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/pip install -q --upgrade pip  # older ones take twice as long
	$(BIN)/pip install -q --no-compile -e '.[dev]'  # most modules are never imported
	touch $@

.venv/installed-bench: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/pip install -q -e '.[dev,bench]'
	touch $@

.venv-lowest/installed: setup.cfg pyproject.toml tests/lowest.py
	$(PYTHON) -m venv .venv-lowest || $(PYTHON) -m virtualenv .venv-lowest
	.venv-lowest/bin/pip install -q -e '.[dev]'
	.venv-lowest/bin/python tests/lowest.py | .venv-lowest/bin/pip install -q -r /dev/stdin
	touch $@

.venv/installed-javascript: .venv/bin/python tests/local/javascript/package.json tests/local/javascript/package-lock.json
	{ command -v node && command -v npm; } || { apt-get update && apt-get install -y nodejs npm; }
	mkdir -p .venv/javascript
	cp tests/local/javascript/package.json tests/local/javascript/package-lock.json .venv/javascript
	npm ci --prefix .venv/javascript --no-audit --no-fund
	touch $@

.venv/installed-browser: .venv/bin/python
	command -v chromium || { apt-get update && apt-get install -y chromium; }
	touch $@

.venv/installed-clients: .venv/bin/python
	{ command -v node && command -v npm; } || { apt-get update && apt-get install -y nodejs npm; }
	{ command -v go && command -v ruby; } || { apt-get update && apt-get install -y --no-install-recommends golang-go ruby; }
	dpkg -s golang-github-aws-aws-sdk-go-dev ruby-aws-sdk > /dev/null || apt-get install -y --no-install-recommends golang-github-aws-aws-sdk-go-dev ruby-aws-sdk ruby-rexml
	$(PYTHON) -m venv .venv/clients/python || $(PYTHON) -m virtualenv .venv/clients/python
	.venv/clients/python/bin/pip install -q aiobotocore==3.10.0
	npm install --prefix .venv/clients --no-audit --no-fund --no-save aws-sdk@2.1693.0
	touch $@
