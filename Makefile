# One command each on a fresh machine with make and Python 3.11, 3.12 or 3.13. PYTHON chooses another interpreter.
# What is installed stands in locks/, with hashes. uv installs it; where uv cannot be had, pip installs the same.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet
UV = $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --build-constraints locks/base.txt
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: demo test lint bench lock clean

demo: $(VENV)/.base
	$(BIN)/curate build legal --demo

test: $(VENV)/.torch
	$(BIN)/python -m pytest -q -n auto

# mypy follows no hooks of editable installs: it is given links to where the packages are installed.
lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/types/curation
	ln -sfn $(CURDIR)/curation/* $(CURDIR)/schemas build/types/curation
	ln -sfn $(CURDIR)/train build/types/curation/training
	cd build/types && $(abspath $(BIN))/mypy --config-file $(CURDIR)/pyproject.toml

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/legal.py $(ARGS)

# The newest versions that pyproject.toml allows, or with ARGS="NAME ..." of these packages; prints what moved.
lock: $(VENV)/.uv
	$(BIN)/python tools/lock.py $(ARGS)

$(VENV)/.uv: locks/uv.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --requirement locks/uv.txt || echo "uv cannot be had here; pip takes longer."
	touch $@

$(VENV)/.base $(VENV)/.bench $(VENV)/.test: $(VENV)/.%: locks/%.txt pyproject.toml $(VENV)/.uv
	$(UV) --no-deps --requirement $< --editable . || { $(PIP) --no-deps --requirement $< && $(PIP) --no-deps --editable .; }
	touch $@

# torch comes in builds for one kind of hardware each, so it is pinned apart, without a hash.
$(VENV)/.torch: locks/torch.txt $(VENV)/.test
	$(UV) --requirement $< || $(PIP) --requirement $<
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
