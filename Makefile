# The verbs of this project; `make help` lists them. Each sets up what it needs first, and nothing twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the tests start, by the names of Debian's packages.
PROGRAMS := chromium fonts-dejavu-core zsh fish tmux vim less htop
STATIC := orchflow_jupyter/static
JS_SOURCES := $(shell find js/src -type f 2>/dev/null) js/vite.config.ts js/package-lock.json

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types js-test py-test soak bench format dist clean programs

help: ## List the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed $(STATIC)/terminal.js ## Make .venv with everything in it, and build the JavaScript

demo: install ## Open JupyterLab on the first notebook; HEADLESS=1 runs it in headless Chromium instead
ifdef HEADLESS
	@$(MAKE) --no-print-directory programs PROGRAMS="chromium fonts-dejavu-core"
	$(BIN)/python -m notebooks.demo
else
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/01-terminal.ipynb
endif

# What does not need each other is done at once, and each one's output kept together where make can (4.0, not macOS').
test: ## Run everything that must hold: lint, types, imports, all tests
	@$(MAKE) --no-print-directory -j3 install programs
	@$(MAKE) --no-print-directory -j3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) lint types js-test
	@$(MAKE) --no-print-directory py-test

lint: install ## Ruff, and the rules of who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: install ## Python and TypeScript, strictly
	$(BIN)/mypy
	cd js && npm run --silent check

js-test: install ## The tests of the browser's side that need no browser
	cd js && npm test --silent

py-test: install programs ## All other tests, with real servers, shells and a real browser
	$(BIN)/pytest --numprocesses=4 --dist=loadfile --no-loadscope-reorder -m "not long"

soak: install programs ## The tests that take long, and those of chance with many times as many rounds
	$(BIN)/pytest --timeout=600 -m long
	ORCHFLOW_CUTS=20000 ORCHFLOW_ROUNDS=5000 ORCHFLOW_KILLS=100 $(BIN)/pytest --timeout=3600 tests/faults

bench: install ## Measure, beside Jupyter's terminals, a bare PTY, watchdog and watchfiles; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

format: install ## Put the Python code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: install ## Build sdist and wheel into dist/
	rm -rf dist
	$(BIN)/python -m build

clean: ## Remove what was made, the environment too
	rm -rf $(VENV) build dist js/node_modules js/build $(STATIC)

programs: ## Install what the tests start, where that may be done (Debian, Ubuntu, as root)
	@missing=; \
	for package in $(PROGRAMS); do \
	  case $$package in \
	    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;; \
	    fonts-dejavu-core) [ -d /usr/share/fonts/truetype/dejavu ] || ! command -v dpkg ;; \
	    *) command -v $$package ;; \
	  esac >/dev/null || missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "Missing here:$$missing. Install them (Debian, Ubuntu: sudo apt-get install$$missing)." >&2; \
	  case "$$missing " in *" chromium "*) echo "Nothing is shown without Chromium." >&2; exit 1 ;; esac; \
	  [ -z "$$CI" ] || exit 1; \
	  echo "Tests of what is missing are skipped." >&2; \
	fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

# The JavaScript is built by its own rule, so that the package's build hook need not build it again. Jupyter's own
# documents are on only in the tests and measures that ask for them. A new pip takes half of the time of the one that
# comes with Python 3.11, and most of what would be compiled is never imported.
$(VENV)/.installed: pyproject.toml jupyter-config/jupyter_server_config.d/orchflow_jupyter.json | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	SKIP_JUPYTER_BUILDER=1 $(BIN)/pip install -qq --no-compile -e '.[dev]'
	$(BIN)/jupyter server extension disable --sys-prefix jupyter_server_ydoc >/dev/null 2>&1
	@touch $@

js/node_modules/.installed: js/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed to build the JavaScript." >&2; exit 1; }
	cd js && npm ci --no-audit --no-fund --silent
	@touch $@

$(STATIC)/terminal.js: js/node_modules/.installed $(JS_SOURCES)
	cd js && npm run --silent build
	@touch $@
