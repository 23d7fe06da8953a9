# make demo   installs, makes the built-in data, trains and evaluates on it
# make test   installs and passes the tests (all but the slow ones), then the linters
#
# make test-fast   the tests that take no time (under a minute)
# make test-slow   full-size networks, several training runs, matrices
# make test-all    all of them, also what is slow and long: whole trainings again with other seeds
# make lint        ruff, mypy
# make coverage    all tests, and the lines that none of them reaches
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := -D motion -M i3d_tiny -E quickstart
RUN := $(if $(SEED),--set seed=$(SEED))

.PHONY: demo test test-fast test-slow test-all coverage install lint
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: $$($(PYTHON) --version) is too old; Python >= 3.11 is needed: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: $(PYTHON) lacks the venv module; on Debian or Ubuntu type: apt install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch torchvision
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: install
	$(BIN)/python tools/run_train.py $(DEMO) $(RUN)

test: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"
	@$(MAKE) --no-print-directory lint

test-fast: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not long" --ignore tests/end_to_end

test-slow: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not long"

test-all: install
	$(BIN)/python -m pytest -n 2 --dist worksteal

coverage: install
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov pyvideoai --cov-report term-missing:skip-covered

lint: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
