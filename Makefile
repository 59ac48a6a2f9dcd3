# make demo: a prediction in minutes, from nothing but Python. make test: everything that must hold.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# The phrases of tests/wrong_phrases.txt are wrong everywhere but in the past of the changelog and in the lists themselves.
PHRASES := . ':!CHANGELOG.md' ':!docs/glossary.md' ':!tests/wrong_phrases.txt' ':!tests/test_names.py'

.PHONY: demo test test-fast test-slow crash-test fuzz lint types coverage benchmark clean

demo: $(VENV)/installed              ## train on a little rendered robot world, and show where the pictures are
	$(BIN)/vidpred run recipes/bair_cyclical.yaml --sample

test: lint types test-fast          ## lint, types and the fast tests

test-fast: $(VENV)/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

crash-test: $(VENV)/installed       ## kill a training process 100 times, during its saves above all, and resume it
	VIDPRED_KILLS=100 $(BIN)/python -m pytest tests/system/test_crash.py -rP

fuzz: $(VENV)/installed             ## 100,000 broken inputs for each reader; more than an hour
	VIDPRED_FUZZ=100000 $(BIN)/python -m pytest tests/system/hostile/test_fuzz.py -rP

test-slow: $(VENV)/installed        ## also what takes minutes: training on real frames
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	! git grep -nIiE -f tests/wrong_phrases.txt -- $(PHRASES)

types: $(VENV)/installed
	$(BIN)/mypy

coverage: $(VENV)/installed
	$(BIN)/coverage run -m pytest && $(BIN)/coverage report --skip-covered

benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/training_step.py
	$(BIN)/python benchmarks/best_of_n.py

# Installed again when the dependencies change.
$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
