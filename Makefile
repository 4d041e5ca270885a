# Each target does its own set-up: a virtual environment with locked dependencies, and the real programs that the tests
# run. Stamp files inside .venv and .tools remember what is done, so that a second call starts at once.

.DEFAULT_GOAL := help
.PHONY: help demo test unit scenarios truth image-test lint format endurance docs rules dashboard screenshot benchmark venv tools lock clean

PYTHON := .venv/bin/python
VENV := .venv/.complete
TOOLS := .tools/.complete
RESTIC := .tools/.restic
FETCH := scripts/fetch-tools scripts/debian_archive.py
CORES := $(shell nproc)
WORKERS ?= $(shell expr 2 \* $(CORES) + 1)
# More than there are cores, since many tests wait for programs: restic alone waits 0.2 s after each lock that it makes.
# What was compiled once is read by every worker and every program that they start.
export PYTHONDONTWRITEBYTECODE :=
UV ?= $(firstword $(wildcard .venv/bin/uv) uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1@\2/p' Makefile | awk -F@ '{printf "%-18s %s\n", $$1, $$2}'

demo: $(VENV) $(RESTIC) ## a small Immich library and its backups, served; BREAK=KIND makes them go bad
	PATH="$(CURDIR)/.tools/bin:$$PATH" .venv/bin/immich-backup-exporter demo $(if $(BREAK),--break $(BREAK))

test: $(VENV) $(TOOLS) ## the whole gate: lint and the unit tests far from UTC, then every other test
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint unit
	$(PYTHON) -m pytest -q -n $(WORKERS) --ignore tests/unit

unit: $(VENV) # side by side with lint, most of which keeps one core busy
	TZ=Pacific/Chatham $(PYTHON) -m pytest -q -n $(CORES) tests/unit

image-test: $(TOOLS) ## builds the image and tries it in containers; as root, or with ENGINE=docker
	$(if $(ENGINE),,scripts/with-engine) $(PYTHON) -m pytest -q tests/image

scenarios: $(VENV) $(TOOLS) ## every scenario of the alert rules, in both generations of promtool, and the mutants
	EVERY_PROMTOOL=true $(PYTHON) -m pytest -q -n $(WORKERS) tests/rules

truth: $(VENV) $(TOOLS) ## simulated years: ten healthy ones and 200 with a fault; writes what the rules made of them
	PYTHONPATH=tests $(PYTHON) -m support.years --workers $(WORKERS) --page docs/explanation/simulated-years.md

lint: $(VENV) ## format, lint, types and the layers between the packages
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile
	.venv/bin/zizmor --offline --quiet .github/workflows

format: $(VENV) ## formats the code and mends what ruff can mend
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

endurance: $(VENV) $(TOOLS) ## the tests that kill and copy at random instants, a hundred times as often
	ENDURANCE=100 $(PYTHON) -m pytest -q -n $(WORKERS) tests/integration/jobs/test_run_crashes.py

docs: $(VENV) ## writes the reference pages that are generated from the code
	$(PYTHON) scripts/generate-docs

screenshot: $(VENV) $(TOOLS) ## takes the two pictures of the page that the README shows
	PYTHONPATH=tests $(PYTHON) scripts/take-screenshot

rules: $(VENV) ## writes the annotations of the alert rules, which stand with all other words
	$(PYTHON) scripts/write-rules

dashboard: $(VENV) ## writes the dashboard for Grafana that is generated from the code
	$(PYTHON) grafana/build.py

benchmark: $(VENV) $(TOOLS) ## measures the agent against its targets
	set -e; for file in benchmarks/[a-z]*.py; do $(PYTHON) "$$file"; done

venv: $(VENV) ## .venv: the agent, its dependencies and the tools of development

tools: $(VENV) ## .tools/bin: the real programs that the tests run
	$(PYTHON) scripts/fetch-tools
	@touch $(TOOLS)

lock: ## writes requirements*.txt anew from pyproject.toml; UPGRADE=1 takes the newest versions
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## removes everything that these targets made, but the lock files and pages
	rm -rf .venv .tools .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist

$(VENV): requirements-dev.txt pyproject.toml scripts/make-venv
	scripts/make-venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	$(PYTHON) -m pip check # a dependency of pyproject.toml that is not in the lock file: make lock
	@touch $@

# The virtual environment only has to be there first: a new one is no reason to fetch again.
$(TOOLS): $(FETCH) | $(VENV)
	$(PYTHON) scripts/fetch-tools
	@touch $@

$(RESTIC): $(FETCH) | $(VENV)
	$(PYTHON) scripts/fetch-tools restic
	@touch $@
