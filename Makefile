# Everything a newcomer needs; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := demo

.PHONY: help demo test app lab lint bench lock clean
help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say: make PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(VENV): a few minutes the first time"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)   ## set up, make the demo company, import it, plan, write the reports
	$(BIN)/salesplan demo $(DEMO)

test: $(STAMP)   ## set up what is missing and run all tests
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile --ignore=tests/apps
	$(BIN)/python -m pytest tests/apps

app: $(STAMP)    ## open the target app on the demo company
	$(BIN)/salesplan app --workspace $(DEMO)/workspace

lab: $(STAMP)    ## open the notebooks in JupyterLab
	SALESPLAN_WORKSPACE=$(abspath $(DEMO)/workspace) $(BIN)/jupyter lab --notebook-dir=notebooks

lint: $(STAMP)   ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## measure against the peers (installs them in a second environment)
	test -f .venv-bench/.installed || { $(PYTHON) -m venv .venv-bench && .venv-bench/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock && .venv-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation -e . && touch .venv-bench/.installed; }
	.venv-bench/bin/python -m benchmarks

lock:            ## renew both lock files (needs uv)
	uv lock
	uv export --quiet --format requirements-txt --extra dev --no-emit-project --no-header -o requirements.lock
	uv export --quiet --format requirements-txt --extra dev --extra bench --no-emit-project --no-header -o requirements-bench.lock
	rm -f uv.lock

clean:           ## remove the demo and the environments
	rm -rf $(DEMO) $(VENV) .venv-bench
