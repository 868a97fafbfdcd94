# dockernet-course. `make help` lists what there is; everything happens in this folder and in your user's cache.
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
export DOCKERNET_NO_SKIP = 1
# Which groups `make test` runs, in order (see tests/groups.py).
GROUPS := lint types unit live nbval papermill

.PHONY: help env lab course test test-root test-browser lint types unit live nbval papermill engines \
        newest lowest notebooks gallery bench constraints clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

env:  ## the environment in .venv (uv; INSTALLER=pip for plain pip)
	@tools/env

lab: env  ## open the course in JupyterLab, on a live engine
	@$(BIN)/dockernet lab

course: env  ## run every chapter without a browser; results in _course/
	@$(BIN)/dockernet course

test: env  ## lint, types, unit, live, nbval and papermill of every chapter; needs no root
	@$(BIN)/python -m tests.groups $(GROUPS)

lint types unit live nbval papermill: env  ## one group of the tests
	@$(BIN)/python -m tests.groups $@

test-root: env  ## what needs root: conformance with a plainly started engine, other accounts
	@$(BIN)/python -m tests.groups root

test-browser: env  ## widgets and notebooks in a real browser (Debian's chromium)
	@$(BIN)/python -c 'import playwright' 2>/dev/null || $(BIN)/python -m pip install --quiet --constraint constraints.txt '.[browser]'
	@$(BIN)/python -m tests.groups browser

engines: env  ## every chapter on every engine generation: bookworm (20.10) and trixie (26.1)
	@for suite in bookworm trixie; do $(BIN)/dockernet course --suite $$suite --out _course/$$suite || exit 1; done

newest lowest:  ## unit tests and the chapters with the newest, the lowest versions of what we depend on
	@tools/versions $@

notebooks: env  ## run the chapters and store their outputs in normal form
	@$(BIN)/dockernet notebooks

gallery: env  ## pictures of all cases of a map in _gallery/, for reviewers
	@$(BIN)/python -m dockernet_course.figures.gallery _gallery

bench: env  ## the benchmarks
	@for bench in benchmarks/*.py; do $(BIN)/python $$bench || exit 1; done

clean: env  ## remove what the course left on engines, and _course, _gallery
	@$(BIN)/dockernet clean --yes; rm -rf _course _gallery
