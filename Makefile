# make demo: a prediction in minutes, from nothing but Python. make test: everything that must hold.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test test-fast test-slow lint types coverage benchmark clean

demo: $(VENV)/installed              ## train on a little rendered robot world, and show where the pictures are
	$(BIN)/vidpred run recipes/bair_cyclical.yaml --sample

test: lint types test-fast          ## lint, types and the fast tests

test-fast: $(VENV)/installed
	$(BIN)/python -m pytest

test-slow: $(VENV)/installed        ## also what takes minutes: training on real frames
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/installed
	$(BIN)/ruff check .

types: $(VENV)/installed
	$(BIN)/mypy

coverage: $(VENV)/installed
	$(BIN)/coverage run -m pytest && $(BIN)/coverage report --skip-covered

benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/training_step.py

# Installed again when the dependencies change.
$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
