# The commands of the house. `make help` lists them.

VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
# Prefect asks for older packages than Streamlit: each has an environment.
PREFECT := .venv-prefect
# Any interpreter from 3.11 on; `make PYTHON=python3.12 run` chooses another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$name >/dev/null 2>&1 \
	&& $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
COMPILE := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--no-header --quiet
# More than there are cores: half of the time a test waits for a browser, a server or a database.
WORKERS ?= 4
# `make ENGINE=podman docker` takes another.
ENGINE ?= docker
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)

# Without compiled modules every start of every process pays two seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check bench trials cluster release-drill prefect docker lock settings-doc screenshots migration format clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN) ## Start the app on http://localhost:8501, or the next free port
	@exec $(PY) scripts/serve.py

test: $(DEV) ## Everything that must hold: lint, types, contracts, spelling, all tests on both databases and in a browser
	$(PY) scripts/browser.py
	$(MAKE) --no-print-directory _static
	$(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m "not long and not cluster"

check: $(DEV) ## The quick part of it: no browser
	$(MAKE) --no-print-directory _static
	$(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m "not browser and not long and not cluster"

.PHONY: _static
_static:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell

bench: $(DEV) ## Measure the load, the search and the pages against their floors
	$(PY) -m bench $(ARGS)

trials: $(DEV) ## What is slow or needs more than Python; `make trials ARGS=clean-install` for one
	$(PY) -m scripts.trials $(ARGS)

cluster: $(DEV) ## PostgreSQL, S3, two servers and nginx on this computer until Ctrl-C; `make cluster ARGS=3` for three
	@exec $(PY) -m scripts.cluster $(ARGS)

release-drill: $(DEV) ## Release the next version beside this one under 100 visitors, none of whom may be turned away
	$(PY) -m scripts.cluster.release

prefect: $(PREFECT)/.installed ## Start Prefect on http://127.0.0.1:4200 and run the ETL as its flow, until Ctrl-C
	@exec $(PREFECT)/bin/python -m scripts.prefect_local

docker: ## Build the image carburoam:latest, where there is a container engine
	$(ENGINE) build --file deploy/Dockerfile --tag carburoam:latest --tag carburoam:$(VERSION) .

format: $(DEV) ## Format the code and mend what can be mended
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

lock: $(DEV) ## Write requirements*.txt from requirements*.in; `make lock ARGS=--upgrade` takes newer versions
	$(PIP) uv
	$(COMPILE) $(ARGS) requirements.in -o requirements.txt
	$(COMPILE) $(ARGS) requirements-dev.in -o requirements-dev.txt
	@mkdir -p build && grep -Ev '^(apprise|sqlalchemy|websockets)==' requirements.txt > build/shared.txt
	$(COMPILE) $(ARGS) -c build/shared.txt requirements-prefect.in -o requirements-prefect.txt

settings-doc: $(DEV) ## Write docs/settings.md from the settings themselves
	$(PY) -m scripts.settings_doc

screenshots: $(DEV) ## Take the pictures of the README anew
	$(PY) scripts/browser.py
	$(PY) -m scripts.screenshots

migration: $(DEV) ## Write the next migration from what changed in models.py: make migration m="what it does"
	$(PY) -m scripts.migration "$(m)"

clean: ## Remove caches and build leftovers; the base and the virtual environment stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -path './$(VENV)*' -prune -o -name __pycache__ -type d -print | xargs rm -rf

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made: install python3-venv (Debian, Ubuntu) and try again."; exit 1; }

# The stamps are newer than the list they were installed from, so a list that changed is installed again.
$(RUN): requirements.txt | $(PY)
	@echo "Installing what the app needs; this takes a minute, once."
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing what the tests need."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(PREFECT)/.installed: requirements-prefect.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found."; exit 1; }
	@echo "Installing Prefect; this takes two minutes, once."
	@test -x $(PREFECT)/bin/python || $(PYTHON) -m venv $(PREFECT)
	@$(PREFECT)/bin/python -m pip --disable-pip-version-check install --quiet -r requirements-prefect.txt
	@touch $@
