# The two commands of the README: `make demo` and `make test`. Both set up their
# own virtual environment in .venv from the locked versions.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test slow mutation versions lint golden docs benchmark answer abc lock clean
WORKERS ?= 2

demo: $(STAMP)
	@echo "== A settled market: baseline, three replicates (the first run compiles the model once)"
	$(BIN)/airbridge run baseline --replicates 3 --out out/baseline
	@echo "== One raid: the Pasco airstrip, November 2013, three replicates with the same luck"
	$(BIN)/airbridge run pasco_raid --replicates 3 --out out/pasco_raid
	@echo "== Done: tables (Parquet) and figures (PDF, PNG) are in out/baseline and out/pasco_raid"

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

slow: $(STAMP)
	$(BIN)/python -m pytest -q -m slow

# How many small faults in the rules the tests find: a sample of mutants, the compiler off.
mutation: $(STAMP)
	$(PIP) cosmic-ray==8.7.0
	$(BIN)/python tests/mutation.py

versions: $(STAMP)
	$(BIN)/python -m pytest -q -m versions -rs

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
	$(BIN)/python tests/notebook.py docs/guide/tutorial.ipynb > build/docs/tutorial.md
	$(BIN)/python -m typer experiments.cli.main utils docs --name airbridge > build/docs/commands.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

benchmark: $(STAMP)
	$(BIN)/python -m experiments.benchmarks.table

# All that the answer rests on, from nothing: what history leaves, how it forecasts, who displaces
# whom. Stopped at any moment, the same command goes on.
ENSEMBLE := out/calibration/ensemble.parquet
answer: $(STAMP)
	$(BIN)/airbridge calibrate calibration --workers $(WORKERS) --allow-gaps --out out/calibration
	$(BIN)/airbridge hindcast --ensemble $(ENSEMBLE) --replicates 60 --workers $(WORKERS) \
	  --out out/hindcast
	$(BIN)/airbridge answer --ensemble $(ENSEMBLE) --replicates 40 --workers $(WORKERS) \
	  --out out/answer

# The posterior at known points by pyabc, too: in no extra, as it brings thirty packages.
abc: $(STAMP)
	$(PIP) pyabc==0.13.0
	$(BIN)/python -m experiments.calibration.abc out/calibration

# Versions that still fit are kept; for newer ones say: make lock UPGRADE=--upgrade
lock: $(STAMP)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  $(UPGRADE) --output-file requirements.lock pyproject.toml

# uv, whose version is locked too, installs in a tenth of the time; pip does where it cannot.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Airbridge needs Python 3.11 or newer; say: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "== Setting up $(VENV) from requirements.lock (once; some minutes at most)"
	$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(PIP) --no-deps --require-hashes -r $(VENV)/uv.lock \
	  && $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || { echo "== uv cannot do it here; pip goes on, more slowly"; \
	       $(PIP) --require-hashes -r requirements.lock; }
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $(STAMP)

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
