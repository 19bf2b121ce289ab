# Everything a developer or an operator runs by hand. "make" alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON := .venv/bin/python
MANAGE := $(PYTHON) manage.py
INSTALLED := .venv/.installed
# uv and npm trust what the machine trusts, as pip does: some networks have an authority of their own.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)
# With extras, as the pip of Python 3.11 and 3.12 takes what names them for unpinned otherwise.
LOCK := .venv/bin/uv pip compile --system-certs --quiet --no-strip-extras --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"

NOT_OURS := --no-obsolete --no-location --ignore=.venv --ignore=.local --ignore=node_modules --ignore=staticfiles

# Runs each candidate, as a name on the PATH may be a pyenv shim that fails; then the newest that is tested with.
FIND_PYTHON = for candidate in python3.13 python3.12 python3.11 python3 \
		$$(pyenv root 2>/dev/null | sed 's|$$|/versions/*/bin/python|'); do \
	    "$$candidate" -c 'import sys, venv, ensurepip; v = sys.version_info; \
	        v >= (3, 11) and print(v < (3, 14), v.minor, sys.executable)' 2>/dev/null || true; \
	done | sort -k1,1r -k2,2nr | head -n 1 | cut -d' ' -f3-

.PHONY: help install demo smoke test test-kodi run lint lock openapi messages tour bench node stop clean

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(INSTALLED) ## make .venv and install the locked requirements into it

# Not compiled: Python does that for what it imports, and doing it for everything doubles the time.
$(INSTALLED): requirements-dev.txt
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
	    echo "No working Python >= 3.11 with venv: install python3.13, 3.12 or 3.11 (or one by pyenv), then try again." >&2; exit 1; \
	fi; \
	if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making .venv with $$python"; "$$python" -m venv --clear .venv; \
	fi
	@$(PYTHON) -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: install ## the whole product with stand-ins for both remote systems, until Ctrl-C
	@$(PYTHON) -m demo

smoke: install ## the same on free ports, checked from end to end
	@$(PYTHON) -m demo smoke

test: install ## the test suite; ARGS="-k playlist" goes to pytest
	@$(PYTHON) -m pytest $(ARGS)

test-kodi: install ## playlist and guide in Kodi itself, without a screen (needs Kodi and Xvfb)
	@$(PYTHON) -m pytest -n 0 -m kodi -rs playlists/tests/clients/test_kodi.py

run: install ## web server and worker with the settings of .env, until Ctrl-C
	@$(MANAGE) migrate --check || { echo "The database is not up to date: $(MANAGE) migrate" >&2; exit 1; }
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@$(PYTHON) -m gunicorn -c gunicorn.conf.py playlist_project.wsgi & server=$$!; \
	$(MANAGE) worker & worker=$$!; \
	stopped=; trap 'stopped=yes' INT TERM; \
	while [ -z "$$stopped" ] && kill -0 $$server 2>/dev/null && kill -0 $$worker 2>/dev/null; do sleep 1; done; \
	kill $$server $$worker 2>/dev/null || true; wait; \
	[ "$$stopped" ] || { echo "One of the two ended, so both did." >&2; exit 1; }

lint: install ## style, types, missing migrations, lock files, openapi.yaml, Dockerfile, compose file
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy .
	@$(MANAGE) makemigrations --check --dry-run
	@for name in requirements requirements-dev; do \
	    fresh=$$(mktemp); cp $$name.txt "$$fresh"; $(LOCK) $$name.in -o "$$fresh"; \
	    diff -u $$name.txt "$$fresh" || { echo "$$name.txt is out of date: make lock" >&2; exit 1; }; rm "$$fresh"; \
	done
	@fresh=$$(mktemp); $(MANAGE) spectacular --validate --fail-on-warn --file "$$fresh"; \
	diff -u openapi.yaml "$$fresh" || { echo "openapi.yaml is out of date: make openapi" >&2; exit 1; }; rm "$$fresh"
	@if [ -x .venv/bin/hadolint ]; then .venv/bin/hadolint Dockerfile; fi
	@.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

lock: install ## bring the lock files up to date with requirements*.in; ARGS="--upgrade" takes newer versions
	@$(LOCK) $(ARGS) requirements.in -o requirements.txt
	@$(LOCK) $(ARGS) requirements-dev.in -o requirements-dev.txt

openapi: install ## describe the REST API anew in openapi.yaml
	@$(MANAGE) spectacular --validate --fail-on-warn --file openapi.yaml

messages: install ## collect the texts to translate in locale, and compile what is translated (needs gettext)
	@$(MANAGE) makemessages --locale=ru $(NOT_OURS)
	@$(MANAGE) makemessages --locale=ru --domain=djangojs $(NOT_OURS)
	@$(MANAGE) compilemessages --locale=ru --ignore=.venv

tour: install ## take the pictures of docs/tour.md anew (needs Chromium)
	@mkdir -p docs/images/tour
	@$(PYTHON) -m pytest -n 0 --quiet playlist_project/tests/test_tour.py --tour=docs/images/tour

bench: install ## measure what docs/performance.md tells
	@$(PYTHON) -m benchmarks $(ARGS)

node: ## the JavaScript that tests use, into .local/node: a parser of playlists, a checker of accessibility
	@mkdir -p .local/node && cp package.json package-lock.json .local/node/
	@npm ci --silent --no-audit --no-fund --prefix .local/node

stop: ## stop the embedded PostgreSQL
	@$(PYTHON) -m playlist_project.embedded_postgres

clean: ## remove .venv, .local with its data, and caches
	@if [ -x $(PYTHON) ]; then $(MAKE) --no-print-directory stop; fi
	@rm -rf .venv .local staticfiles .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
