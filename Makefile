# Everything here sets itself up: a Python >= 3.11 with pip, and make, are all that must be there.
PYTHON ?= python3
UV := $(or $(shell command -v uv),.uv/bin/uv)
READY := .venv/.ready
BENCH := .venv/bin/bench

# What ARGS choose may all be in one part of the suite: none in the other is no failure then.
ONE_PART := $(if $(ARGS), || [ $$? -eq 5 ])

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: bench
bench: $(READY) ## Measure the default stack and write a report (six to ten minutes; QUICK=1 for one and a half)
	$(BENCH) run $(if $(QUICK),--quick) $(ARGS)

.PHONY: record
record: $(READY) ## Measure what each release of the stack changed, and keep it in results/record (resumes)
	$(BENCH) record $(ARGS)

.PHONY: test
test: $(READY) ## Run the test suite: what measures by itself, all the rest on every core
	.venv/bin/python -m pytest -m 'not slow and not measures' --numprocesses auto --dist worksteal $(ARGS)$(ONE_PART)
	.venv/bin/python -m pytest -m 'not slow and measures' $(ARGS)$(ONE_PART)

# A test that takes longer is stopped, with the traceback of every thread: it hangs.
TEST_LIMIT_S := 600

.PHONY: test-slow
test-slow: $(READY) ## Run the tests that take longer than the suite may (forty minutes)
	.venv/bin/python -m pytest -m slow -o faulthandler_timeout=$(TEST_LIMIT_S) -o faulthandler_exit_on_timeout=true $(ARGS)

.PHONY: dist
dist: $(READY) ## Build the sdist, and from it the wheel, into dist/
	rm -rf dist
	$(UV) build --quiet --offline --no-build-isolation --python .venv/bin/python --out-dir dist

.PHONY: test-wheel
test-wheel: dist ## Check the wheel in an empty folder and home, online and offline
	.venv/bin/python tests/wheel/check.py $(ARGS) dist/*.whl

.PHONY: check
check: $(READY) ## Format, lint, types and the order of imports
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/mypy action
	MYPYPATH=docs:docs/beside .venv/bin/mypy --explicit-package-bases docs
	.venv/bin/lint-imports

.PHONY: format
format: $(READY) ## Format the code and mend what the linter can
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

.PHONY: clients
clients: $(READY) ## Compare load generators on one server: ours, FastHttpUser, and wrk where it is installed
	.venv/bin/python docs/clients.py $(ARGS)

.PHONY: beside
beside: $(READY) ## Compare one code with itself: ours, pyperf and pytest-benchmark in the same time (a quarter of an hour)
	.venv/bin/python docs/beside $(ARGS)

.PHONY: suite
suite: $(READY) ## Run the pytest-benchmark suite inside the default stack's environment
	$(BENCH) suite $(ARGS)

.PHONY: lock
lock: $(UV) ## Resolve requirements.lock anew
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --group stack --group instruments --group dev \
	  --output-file requirements.lock $(ARGS) pyproject.toml

.PHONY: schema
schema: $(READY) ## Write the JSON Schemas of stored results and of layercake.json anew
	.venv/bin/python docs/schemas.py

.PHONY: docs
docs: $(READY) ## Write the outputs, the commands and the pictures of README and docs anew (one needs a Chromium)
	.venv/bin/python docs/outputs.py
	$(BENCH) report results/sample >/dev/null
	.venv/bin/python docs/picture.py results/sample/report.html docs/report.png
	$(BENCH) report results/sample/sweep >/dev/null
	cp results/sample/sweep/sweep.svg docs/sweep.svg
	if [ -d results/record ]; then \
	  $(BENCH) report record >/dev/null && cp results/record/exports/fastapi.svg docs/record.svg; fi
	if [ -d results/sample/audit ]; then \
	  $(BENCH) report results/sample/audit >/dev/null && \
	  .venv/bin/python docs/picture.py results/sample/audit/audit.html docs/audit.png findings; fi

.PHONY: clean
clean: ## Remove the environment, builds and caches of this folder (results stay)
	rm -rf .venv .uv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.uv/bin/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .uv uv

$(READY): requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "layercake needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(UV) venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -c 'import bench.cli.main'  # leaves bytecode: who writes none starts slowly
	@touch $@
