# Stampede's verbs. `make` alone prints them. The virtual environment is made once, and again when requirements change.

SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
DATA_DIR ?= .stampede

.DEFAULT_GOAL := menu
.PHONY: menu venv run stop logs test check fmt bench faults

menu:
	@echo "make run      start everything, and print where it is (Ctrl-C stops it)"
	@echo "make stop     stop what runs here, from another shell"
	@echo "make logs     follow what all processes say"
	@echo "make test     the tests, on real servers"
	@echo "make check    lint, format, types, who imports whom, templates"
	@echo "make fmt      format the code"
	@echo "make bench    the crowd, and its figures"
	@echo "make faults   a minute of buying while everything is killed"
	@echo "make venv     only the virtual environment"

run: venv
	@exec $(PYTHON) manage.py up

stop:
	@if [ -x $(PYTHON) ]; then exec $(PYTHON) -m core.local.stop "$(DATA_DIR)"; else echo "Nothing runs here."; fi

logs:
	@exec tail -n 200 -F "$(DATA_DIR)/logs/stampede.log"

test: venv
	@exec $(PYTHON) -m pytest

check: venv
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(PYTHON) -m mypy .
	$(VENV)/bin/lint-imports
	@if [ -n "$$(find templates -name '*.html' 2>/dev/null)" ]; then $(VENV)/bin/djlint --check --lint templates; fi

fmt: venv
	$(VENV)/bin/ruff check --fix --quiet . || true
	$(VENV)/bin/ruff format .

bench: venv
	@exec $(PYTHON) -m benchmarks

faults: venv
	@FAULT_SECONDS=$${FAULT_SECONDS:-60} exec $(PYTHON) -m pytest tests/faults -m "faults or slow" --long

venv:
	@bash core/local/venv.sh "$(VENV)"
