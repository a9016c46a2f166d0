# Everything here needs only Python ≥ 3.11, make and git. The environment lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: demo test lint bench fuzz clean

demo: $(STAMP)
	$(BIN)/python examples/demo.py --output demo

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/speed.py

fuzz: $(STAMP)
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -e ".[dev,train]"
	touch $(STAMP)

clean:
	rm -rf .venv build dist demo *.egg-info
