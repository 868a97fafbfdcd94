# dockernet-course. `make help` lists what there is; everything happens in this folder and in your user's cache.
# Another Python: make PYTHON=/path/to/python3.12 …    Without uv: PIP=pip make …
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
GROUPS := $(BIN)/python -m tests.groups
export PYTHON
CHAPTERS :=

.PHONY: help env env-test lab course test test-root test-browser test-vm test-all test-root-all test-vm-all \
        lint types unit live nbval papermill engines test-newest test-lowest notebooks gallery bench constraints clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' Makefile

env:  ## the environment in .venv (PIP=pip for plain pip instead of uv)
	@tools/env

env-test:
	@tools/env test

lab: env  ## open the course in JupyterLab, on a live engine
	@$(BIN)/dockernet lab

course: env  ## run every chapter without a browser; notebooks and pages in _course/ (CHAPTERS="01 02" for some)
	@$(BIN)/dockernet course $(CHAPTERS)

test: env-test  ## lint, types, unit, live, nbval and papermill of every chapter; needs no root
	@$(GROUPS) lint types unit live nbval papermill

test-root: env-test  ## what needs root: conformance with a plainly started engine, other accounts
	@$(GROUPS) root

test-browser: env-test  ## widgets and notebooks in a real browser (Debian's chromium); screenshots in _shots/
	@DOCKERNET_SHOTS="$${DOCKERNET_SHOTS:-$(CURDIR)/_shots}" $(GROUPS) browser

test-vm: env-test  ## the virtual machine: its own tests, and every chapter on it
	@$(GROUPS) vm

test-all test-root-all test-vm-all: export DOCKERNET_ALL := 1
test-all test-root-all test-vm-all: %-all: %  ## the same, all cases; the others draw a sample (DOCKERNET_SEED)

lint types unit live nbval papermill: env-test  ## one group of the tests
	@$(GROUPS) $@

engines: env  ## every chapter on each engine generation, two at a time, and one table; pages in _course/bookworm …
	@$(BIN)/python -m tests.engines bookworm trixie sid --chapters $(CHAPTERS)

test-newest test-lowest: env-test  ## unit tests and chapters with the newest, the lowest versions of what is depended on
	@tools/versions $(@:test-%=%)

notebooks: env  ## run the chapters and store their outputs in normal form, where they differ; the README's map too
	@$(BIN)/dockernet notebooks $(CHAPTERS) && $(BIN)/python tools/picture.py

gallery: env  ## pictures of all cases of a map in _gallery/, for reviewers
	@$(BIN)/python -m tests.gallery.gallery _gallery

bench: env-test  ## the benchmarks
	@for bench in benchmarks/[a-z]*.py; do \
	  echo "== $$bench"; $(BIN)/python -m benchmarks.$$(basename $$bench .py) || exit 1; \
	done

constraints: env-test  ## renew constraints.txt with the newest versions
	@tools/constraints

clean:  ## remove what the course left on engines, and _course, _gallery
	@[ ! -x $(BIN)/dockernet ] || $(BIN)/dockernet clean --yes
	@rm -rf _course _gallery _shots
