# Everything here needs only Python ≥ 3.11, make and git. The environment lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: demo test lint bench peers fuzz clean

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
	$(BIN)/python benchmarks/network.py
	$(BIN)/python benchmarks/speed.py --report
	$(BIN)/python benchmarks/scaling.py --report
	$(BIN)/python benchmarks/memory.py

# The same network through MONAI, terratorch and geoai, in an environment of its own.
peers: .peers/installed
	.peers/bin/python benchmarks/peers.py --report

.peers/installed: pyproject.toml $(STAMP)
	$(PYTHON) -m venv .peers
	$(BIN)/uv pip install --quiet --compile-bytecode --python .peers/bin/python -e . monai terratorch geoai-py
	touch $@

fuzz: $(STAMP)
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -e ".[dev,train]"
	touch $(STAMP)

clean:
	rm -rf .venv .peers build dist demo *.egg-info
