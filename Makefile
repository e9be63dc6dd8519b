# `make run` and `make test` set up everything they need by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto

export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help run test coverage flaky schema pictures guide-pictures lint format lock catalogues clean

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: $(VENV)/run.stamp ## set everything up, a database included, and serve the desk
	@WENI_END_WITH_PARENT=1 exec "$(BIN)/python" manage.py dev

test: $(VENV)/dev.stamp ## run the whole suite (ARGS=… for pytest, WORKERS=2)
	@"$(BIN)/python" manage.py catalogues --compile
	"$(BIN)/python" -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

coverage: $(VENV)/dev.stamp ## run the suite and report which lines and branches it reaches
	@"$(BIN)/python" manage.py catalogues --compile
	"$(BIN)/python" -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)

flaky: $(VENV)/dev.stamp ## repeat a test beside load (TEST=tests/live/test_stream.py N=20 LOAD=4)
	@"$(BIN)/python" manage.py catalogues --compile
	"$(BIN)/python" scripts/flaky.py --rounds $(or $(N),10) --load $(or $(LOAD),2) $(ARGS) $(TEST)

schema: $(VENV)/dev.stamp ## write the schema that the migrations make to tests/schema/schema.txt
	RENEW_SCHEMA=1 "$(BIN)/python" -m pytest -q -n 0 tests/schema/test_dump.py -k written_down

pictures: $(VENV)/dev.stamp ## take the pictures of all pages for docs/pages.md
	@rm -rf .data/pictures && mkdir -p .data/pictures
	PICTURES="$(CURDIR)/.data/pictures" "$(BIN)/python" -m pytest -q -n $(WORKERS) tests/e2e/test_every_page.py
	"$(BIN)/python" scripts/pictures.py .data/pictures

guide-pictures: $(VENV)/dev.stamp ## take the pictures of the guide, in each language
	@rm -rf .data/guide-pictures && mkdir -p .data/guide-pictures
	@"$(BIN)/python" manage.py catalogues --compile
	GUIDE_PICTURES="$(CURDIR)/.data/guide-pictures" "$(BIN)/python" -m pytest -q -n 0 tests/guide/test_pictures_browser.py
	"$(BIN)/python" scripts/guide_pictures.py .data/guide-pictures

lint: $(VENV)/dev.stamp ## check style, types, templates, migrations, catalogues, imports, licences
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy" core live orgs sectors queues tags tickets reports active_messages setup guide demo weni_chats
	git ls-files -z 'templates/*.html' | xargs -0 "$(BIN)/djade" --check --target-version 5.2
	WENI_TESTING=1 DATABASE_URL=postgres://nowhere/none "$(BIN)/python" -W ignore manage.py makemigrations --check --dry-run
	"$(BIN)/python" manage.py catalogues --check
	"$(BIN)/lint-imports"
	"$(BIN)/python" scripts/licenses.py --check

format: $(VENV)/dev.stamp ## mend what can be mended by a tool
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .
	-git ls-files -z 'templates/*.html' | xargs -0 "$(BIN)/djade" --target-version 5.2

lock: $(VENV)/dev.stamp ## write the lock files after a change of pyproject.toml
	$(PIP) install pip-tools
	"$(BIN)/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --strip-extras --allow-unsafe -o requirements/run.txt pyproject.toml
	"$(BIN)/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --strip-extras --allow-unsafe --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml

catalogues: $(VENV)/dev.stamp ## collect new strings for translation
	"$(BIN)/python" manage.py catalogues

clean: ## remove the virtual environment and the local data
	rm -rf "$(VENV)" .data

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Weni Chats needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv "$(VENV)"

$(VENV)/run.stamp: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing what is needed (once) …"
	$(PIP) install --require-hashes -r requirements/run.txt
	@touch "$@"

$(VENV)/dev.stamp: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what is needed to develop (once) …"
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch "$@" "$(VENV)/run.stamp"
