# Each command sets up what it needs: Python 3.11 or later, git and make are enough.
# Variables: PYTHON (interpreter for the environment), VENV (folder of the environment), ARGS (passed to the tool).

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
.PHONY: help setup demo test check fmt proto bench bench-quick bench-long simulate profile instructions soak lock docs clean bench-setup

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install .venv from the lock (once per lock)
	@bash tools/setup.sh

demo: ## run a queue, a worker and the daemon for half a minute
	@bash tools/setup.sh requirements/run.txt
	@$(BIN)/python -m examples.demo $(ARGS)

test: setup ## run all tests but the soak, unit first; ARGS="-k name" narrows
	@bash tools/services.sh
ifdef ARGS
	@$(PYTEST) $(ARGS)
else
	@echo "test: unit tests, one process per core"
	@$(PYTEST) -n auto tests/unit
	@echo "test: integration tests against real servers, four processes: they wait most of the time"
	@$(PYTEST) -n 4 --dist loadfile $(TESTS) examples
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

fmt: setup ## format, apply the linter's fixes, write the table of variables
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/python -m tools.variables

proto: setup ## generate the gRPC code from proto/
	@$(BIN)/python -m tools.proto

# A user's install, because the development tools would be measured too.
bench-setup:
	@VENV=$(BENCH) bash tools/setup.sh requirements/run.txt

bench: bench-setup ## run every cell of the load bench; prints and saves the table
	@$(BENCH)/bin/python -m benchmarks.run $(ARGS)

bench-quick: bench-setup ## run the headline cells in under a minute
	@$(BENCH)/bin/python -m benchmarks.run --quick $(ARGS)

bench-long: bench-setup ## run a million messages; memory and file descriptors must stay constant
	@$(BENCH)/bin/python -m benchmarks.run --long $(ARGS)

simulate: bench-setup ## simulate fetching by demand in virtual time; writes docs/fetching.svg
	@$(BENCH)/bin/python -m benchmarks.fetching $(ARGS)

profile: bench-setup ## profile the daemon under load
	@$(BENCH)/bin/python -m benchmarks.profile $(ARGS)

instructions: bench-setup ## count instructions per message with valgrind; a few minutes
	@$(BENCH)/bin/python -m benchmarks.instructions $(ARGS)

soak: setup ## random faults, a minute per seed, and long runs; about 45 minutes
	@bash tools/services.sh
	@$(BIN)/python -m pytest -m soak $(ARGS)

# Not after setup, which fails while pyproject.toml asks for more than the lock has.
lock: ## pin all dependencies with hashes; ARGS=--upgrade for newer versions
	@test -x $(BIN)/uv || bash tools/setup.sh
	@$(LOCK) --all-extras pyproject.toml -o requirements/dev.txt
	@$(LOCK) --extra redis --extra fast --extra cron -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	@$(LOCK) -c requirements/dev.txt requirements/build.in -o requirements/build.txt

docs: setup ## build the documentation into build/site
	@$(BIN)/zensical build --strict

clean: ## remove generated files, except the environment
	@rm -rf build dist .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests examples benchmarks tools -name __pycache__ -prune -exec rm -rf {} +
