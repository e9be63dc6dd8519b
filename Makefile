# `make run` and `make test` set up everything they need by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto

export PYTHONDONTWRITEBYTECODE ?=

.PHONY: run test flaky pictures lint format lock catalogues vendor clean

run: $(VENV)/run.stamp
	@WENI_END_WITH_PARENT=1 exec "$(BIN)/python" manage.py dev

test: $(VENV)/dev.stamp
	@"$(BIN)/python" manage.py catalogues --compile
	"$(BIN)/python" -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# make flaky TEST=tests/live/test_stream.py N=20 LOAD=4
flaky: $(VENV)/dev.stamp
	@"$(BIN)/python" manage.py catalogues --compile
	"$(BIN)/python" scripts/flaky.py --rounds $(or $(N),10) --load $(or $(LOAD),2) $(ARGS) $(TEST)

pictures: $(VENV)/dev.stamp
	@rm -rf .data/pictures && mkdir -p .data/pictures
	PICTURES="$(CURDIR)/.data/pictures" "$(BIN)/python" -m pytest -q -n $(WORKERS) tests/e2e/test_every_page.py
	"$(BIN)/python" scripts/pictures.py .data/pictures

lint: $(VENV)/dev.stamp
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy" live orgs sectors queues tags tickets reports weni_chats
	git ls-files -z 'templates/*.html' | xargs -0 "$(BIN)/djade" --check --target-version 5.2
	WENI_TESTING=1 DATABASE_URL=postgres://nowhere/none "$(BIN)/python" -W ignore manage.py makemigrations --check --dry-run
	"$(BIN)/python" manage.py catalogues --check
	"$(BIN)/lint-imports"

format: $(VENV)/dev.stamp
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .
	-git ls-files -z 'templates/*.html' | xargs -0 "$(BIN)/djade" --target-version 5.2

lock: $(VENV)/dev.stamp
	$(PIP) install pip-tools
	"$(BIN)/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --strip-extras --allow-unsafe -o requirements/run.txt pyproject.toml
	"$(BIN)/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --strip-extras --allow-unsafe --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml

catalogues: $(VENV)/dev.stamp
	"$(BIN)/python" manage.py catalogues

clean:
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
