# Python 3.11+ and make are all that is asked of the machine. `make demo` and `make test` are where to start.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/qa-observability
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -r pyproject.toml --all-extras

.PHONY: help install demo serve test check bench accuracy client lock

help:
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/installed .env ## environment, dependencies and .env

# uv comes as a wheel that is kept for the next clone; versions are pinned, so a warm cache needs no network.
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@ls $(TOOLS)/uv-*.whl >/dev/null 2>&1 || $(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest $(TOOLS) "$$(grep '^uv==' constraints.txt)"
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --find-links $(TOOLS) uv
	@echo "Installing dependencies ..."
	@$(UV) --offline 2>/dev/null || $(UV)
	@touch $@

.env: | .venv/installed
	@$(BIN)/python -m qa_observability.first_run

demo: install ## sample data, web server and worker; prints the address and the login
	@$(BIN)/python manage.py serve --demo --host $(HOST) --port $(PORT)

serve: install ## migrate, then web server and worker
	@$(BIN)/python manage.py serve --host $(HOST) --port $(PORT)

test: .venv/installed ## the whole test suite, on SQLite or on DATABASE_URL
	@$(BIN)/python -m pytest -n 2 -q $(ARGS)

check: install ## linters, types, architecture, migrations, deployment settings
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	@$(BIN)/django-upgrade --target-version 5.2 $$(git ls-files '*.py')
	@$(BIN)/lint-imports
	@$(BIN)/mypy .
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@HTTPS_ONLY=true $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

bench: install ## the benchmarks, with a table at the end
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --group bench
	@$(BIN)/python -m bench

client: install ## the typed Python client of the API, generated into client/
	@mkdir -p var && rm -rf client
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --format openapi-json --file var/openapi.json
	@PATH="$(CURDIR)/$(BIN):$$PATH" RUFF_NO_CACHE=true $(BIN)/openapi-python-client generate --fail-on-warning --meta setup --config docs/connections/client.yaml --path var/openapi.json --output-path client
	@echo "Install it with: pip install ./client"

accuracy: install ## the correlation engine on labelled worlds, with tables of how right it is
	@$(BIN)/python -m bench.accuracy $(ARGS)

lock: .venv/installed ## resolve the dependencies anew into constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --all-extras --group bench --no-header --no-annotate --upgrade pyproject.toml -o constraints.txt
