# The two commands of the README: `make demo` and `make test`. Both set up their
# own virtual environment in .venv from the locked versions.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test slow lint golden docs benchmark clean

demo: $(STAMP)
	@echo "== A settled market: baseline, three replicates (the first run compiles the model once)"
	$(BIN)/airbridge run baseline --replicates 3 --out out/baseline
	@echo "== One raid: the Pasco airstrip, November 2013, three replicates with the same luck"
	$(BIN)/airbridge run pasco_raid --replicates 3 --out out/pasco_raid
	@echo "== Done: tables (Parquet) and figures (PDF, PNG) are in out/baseline and out/pasco_raid"

test: lint
	$(BIN)/python -m pytest -q

slow: $(STAMP)
	$(BIN)/python -m pytest -q -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Renew the numbers that tests/test_golden.py holds a run to; prints what changed.
golden: $(STAMP)
	$(BIN)/python tests/golden_numbers.py

# The site, in build/site; what the code prints about itself goes to build/docs first.
docs: $(STAMP)
	mkdir -p build/docs
	$(BIN)/airbridge parameters --markdown > build/docs/register.md
	$(BIN)/python -m typer experiments.cli.main utils docs --name airbridge > build/docs/commands.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

benchmark: $(STAMP)
	$(BIN)/python -m experiments.benchmarks.week

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Airbridge needs Python 3.11 or newer; say: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "== Setting up $(VENV) from requirements.lock (once; some minutes at most)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
