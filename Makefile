# Every verb sets up what it needs: Python 3.11 or later, git and make are enough.
# Variables: PYTHON (interpreter for the environment), VENV (its place), ARGS (passed on to the tool).

VENV ?= .venv
BIN := $(VENV)/bin
BENCH := build/bench-venv
CODE := src tests examples benchmarks tools
PYTEST = $(BIN)/python -m pytest -m "not soak"
TESTS = $(filter-out tests/unit/ tests/support/ tests/__pycache__/,$(wildcard tests/*/))
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url -p 3.11 \
	--custom-compile-command "make lock" $(ARGS)

export VENV
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt proto bench bench-quick bench-long simulate profile soak lock docs clean bench-setup

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv from the lock (once per lock)
	@bash tools/setup.sh

demo: ## watch a queue, a worker and the daemon at work, about half a minute
	@bash tools/setup.sh requirements/run.txt
	@$(BIN)/python -m examples.demo $(ARGS)

test: setup ## run all tests but the soak, unit first; ARGS="-k name" narrows
	@bash tools/services.sh
ifdef ARGS
	@$(PYTEST) $(ARGS)
else
	@echo "test: unit tests, one process per core"
	@$(PYTEST) -n auto tests/unit
	@echo "test: integration tests against real servers"
	@$(PYTEST) -n 2 --dist loadfile $(TESTS) examples
endif

check: setup ## format, lint, types, layers, generated code, documentation, locks
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.proto --check
	@$(BIN)/python -m tools.variables --check
	@$(BIN)/python -m tools.snippets
	@$(BIN)/python -m tools.citations
	@$(BIN)/python -m tools.events
	@$(BIN)/python -m tools.lock
	@bash tools/addresses.sh

fmt: setup ## format, mend what the linter can, write the table of variables
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/python -m tools.variables

proto: setup ## generate the gRPC code from proto/
	@$(BIN)/python -m tools.proto

# A user's install: what the development tools pull in would be measured as well.
bench-setup:
	@VENV=$(BENCH) bash tools/setup.sh requirements/run.txt

bench: bench-setup ## the load bench, every cell; prints and saves the table
	@$(BENCH)/bin/python -m benchmarks.run $(ARGS)

bench-quick: bench-setup ## the same in under a minute
	@$(BENCH)/bin/python -m benchmarks.run --quick $(ARGS)

bench-long: bench-setup ## a million messages: memory and descriptors must stay flat
	@$(BENCH)/bin/python -m benchmarks.run --long $(ARGS)

simulate: bench-setup ## fetching by demand in virtual time; writes docs/fetching.svg
	@$(BENCH)/bin/python -m benchmarks.fetching $(ARGS)

profile: bench-setup ## where the daemon's time goes under load
	@$(BENCH)/bin/python -m benchmarks.profile $(ARGS)

soak: setup ## faults at random, a minute for each of ten seeds, and long hauls; about half an hour
	@bash tools/services.sh
	@$(BIN)/python -m pytest -m soak $(ARGS)

lock: setup ## pin all dependencies with hashes; ARGS=--upgrade for newer versions
	@$(LOCK) --all-extras pyproject.toml -o requirements/dev.txt
	@$(LOCK) --extra redis --extra fast -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	@$(LOCK) -c requirements/dev.txt requirements/build.in -o requirements/build.txt

docs: setup ## build the documentation into build/site
	@$(BIN)/zensical build --strict

clean: ## remove what can be made again, except the environment
	@rm -rf build dist .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests examples benchmarks tools -name __pycache__ -prune -exec rm -rf {} +
