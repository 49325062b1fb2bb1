# Everything runs in .venv, which the first target to need it makes: what flies for the demo, and the tools for the rest.
# Another interpreter: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Real pictures beside the project, where there are any: see sample_data/exam/README.md.
REAL := $(if $(wildcard ../shared/data),--real ../shared/data)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs pictures notebooks bench soak swarm fuzz exam train clean

help:
	@echo 'make demo    fly the demo, with mission control in a browser; it ends by itself'
	@echo 'make test    ruff, mypy, pytest'
	@echo 'make lint    ruff and mypy alone'
	@echo 'make docs    the documents as a site, in build/site'
	@echo 'make pictures   photograph mission control into docs/images: needs chromium'
	@echo 'make notebooks  run the notebooks; copies with outputs in build/notebooks'
	@echo 'make bench   measure our own speed into build/bench.json'
	@echo 'make soak    kill, stop and starve processes of runs; memory over a day; hold fit against 20 runs: half an hour'
	@echo 'make swarm   fly 10,000 drawn missions with faults into build/swarm.json: an hour on two cores'
	@echo 'make fuzz    forged frames and spoiled bytes for everything that parses: six minutes'
	@echo 'make exam    examine the shipped detectors on held-out scenes, beside the classics'
	@echo 'make train   make the shipped detectors again: needs torch'
	@echo 'make clean   remove .venv and all that tools left; runs/ stays'

demo: $(VENV)/installed
	$(BIN)/skysift demo

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

docs: $(VENV)/installed-dev
	$(BIN)/python -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

pictures: $(VENV)/installed-dev
	$(BIN)/python -m tests.page_pictures

notebooks: $(VENV)/installed-dev
	@mkdir -p build/notebooks
	cp notebooks/*.ipynb build/notebooks
	cd build/notebooks && ../../$(BIN)/jupyter execute --inplace *.ipynb

bench: $(VENV)/installed-dev
	@mkdir -p build
	$(BIN)/skysift bench --json > build/bench.json

soak: $(VENV)/installed-dev
	for target in satellite station centre executive; do \
	  $(BIN)/python -m tests.soak.kills --kills 100 --target $$target || exit 1; \
	  $(BIN)/python -m tests.soak.kills --kills 20 --stop --target $$target || exit 1; \
	done
	for how in full-disk slow-disk; do \
	  for target in satellite centre executive; do \
	    $(BIN)/python -m tests.soak.kills --kills 20 --$$how --target $$target || exit 1; \
	  done; \
	done
	$(BIN)/python -m tests.soak.memory --hours 24
	$(BIN)/python -m tests.soak.memory --hours 24 --processes
	SKYSIFT_SOAK_EXAMPLES=2000 $(BIN)/python -m pytest tests/test_two_cores.py
	$(BIN)/python -m tests.soak.fit_check --scenarios 20

swarm: $(VENV)/installed
	@mkdir -p build
	$(BIN)/skysift swarm --seeds 10000 --workers 2 --keep build/swarm-case.toml --json > build/swarm.json

fuzz: $(VENV)/installed-dev
	$(BIN)/python -m tests.fuzz.forged_frames --count 1000000
	$(BIN)/python -m tests.fuzz.parsers --seconds 300

exam: $(VENV)/installed-dev
	@mkdir -p build
	code=0; \
	$(BIN)/skysift exam wildfire --json $(REAL) > build/exam-wildfire.json || code=1; \
	$(BIN)/skysift exam raft --json $(REAL) > build/exam-raft.json || code=1; \
	exit $$code

train: $(VENV)/installed-train
	$(BIN)/python sample_data/models/wildfire-swir/train.py
	$(BIN)/python sample_data/models/wildfire-swir-int8/make.py
	$(BIN)/python sample_data/models/wildfire-ground/train.py
	$(BIN)/python sample_data/models/raft-sar/train.py
	$(BIN)/python sample_data/models/raft-sar-int8/make.py

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("skysift needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.12")'
	@echo 'Installing into $(VENV): a minute or so, once'
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo 'Installing the tools for tests and documents into $(VENV)'
	@$(INSTALL) '.[dev]'
	@touch $@

$(VENV)/installed-train: $(VENV)/installed-dev
	@echo 'Installing torch into $(VENV)'
	@$(INSTALL) '.[train]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
