# Everything runs from .venv, which the first target that needs it builds from the hashed lock.
PYTHON ?= python3
BIN := .venv/bin
DEMO ?= demo-shop

.DEFAULT_GOAL := help
.PHONY: help install demo test lint bench bench-features docs lock

help:                     ## Show these targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: .venv/.ready     ## Build the environment from the hashed lock

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: install             ## Run the main job on the simulated shop
	$(BIN)/segcast demo --project $(DEMO)

test: install             ## Run the tests
	$(BIN)/python -m pytest

lint: install             ## Check style, types and import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install            ## Run the short benchmarks
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.room
	$(BIN)/python -m benchmarks.ingest --events 2000000
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.models --rows 100000
	$(BIN)/python -m benchmarks.clusters
	$(BIN)/python -m benchmarks.segments --events 2000000
	$(BIN)/python -m benchmarks.publish --kills 20 --rows 200000
	$(BIN)/python -m benchmarks.nightly --only kills thirty --kills 6 --nights 10

bench-features: install   ## Run the long benchmark: features beside DuckDB and Polars
	$(BIN)/python -m benchmarks.features

docs: install             ## Write the generated pages again
	$(BIN)/python -m flows.cli.reference

lock:                     ## Resolve the lock again (needs uv)
	uv pip compile pyproject.toml --extra dev --extra spark --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock
