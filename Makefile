# The two commands are `make demo` and `make test`; each does its own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup system demo check test test-slow lint types serve clean constraints
help:           ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(STAMP) ## the virtual environment with everything pinned

$(STAMP): pyproject.toml constraints.txt
	command -v $(PYTHON) >/dev/null || { echo "needs $(PYTHON): install it or name another with PYTHON=..."; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25'
	$(BIN)/pip install --quiet -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet -c constraints.txt -e '.[train,dev]'
	touch $(STAMP)

system:         ## system packages that some tests use (Chromium), where this is root on Debian
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
	  || echo "Chromium could not be installed; the browser tests will be skipped by name"; \
	else echo "Chromium is not installed; the browser tests will be skipped by name"; fi

demo: $(STAMP)  ## the main job end to end into var/demo/
	$(BIN)/tastemaker demo --config configs/demo.yaml

lint: $(STAMP)
	$(BIN)/ruff format --check src tests pipelines experiments
	$(BIN)/ruff check src tests pipelines experiments

types: $(STAMP)
	$(BIN)/mypy

check: lint types ## format, lint, types, layers, docs: what a reviewer would run
	$(BIN)/pytest tests/test_layers.py tests/test_docs.py

test: $(STAMP) system lint types ## checks and tests
	$(BIN)/pytest -n 2 --dist loadfile -m 'not slow'

test-slow: $(STAMP) system ## load, kills, fuzz, scale
	$(BIN)/pytest -m slow

serve: $(STAMP) ## the API and the page, on the demo's bundle
	$(BIN)/tastemaker serve

constraints: $(STAMP) ## writes constraints.txt from the environment as it is
	{ echo "# Every package at the version that is known to work together (Python 3.11). Written by 'make constraints'."; \
	  $(BIN)/pip freeze --exclude-editable | grep -v '^pip==' | sed 's/+cpu$$//'; } > constraints.txt

clean:
	rm -rf $(VENV) var
