# make run   set everything up, start Ganache, create LVO, distribute it, check it, write reports/distribution.html
# make test  set everything up and run every test
# make help  the rest
.DEFAULT_GOAL := help
PY := .venv/bin/python
BROWNIE := .venv/bin/brownie

.PHONY: help setup run test deep deep-operations replay bench bench-merkle bench-vouchers bench-attention spark lint format mutate abi compile console lock clean
unexport PYTHONHOME PYTHONPATH # they would lead the environment's Python to other packages

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what the locks name, into the project; nothing to do when nothing changed
	@command -v python3 >/dev/null || { echo "setup: CPython 3.10 to 3.12 is needed, and there is no python3."; exit 1; }
	@PYTHON="$(PYTHON)" python3 tools/setup.py

run: setup ## create LVO on a fresh Ganache, distribute it to real grants, verify, draw the report
	@$(BROWNIE) run distribute demo

test: setup ## the whole suite
	@$(PY) -m pytest

deep: setup ## a tree of ten million rows, ten million machine steps; Ctrl-C and make deep again goes on (STEPS=n)
	@$(PY) -m benchmarks.merkle --deep
	@$(PY) -m tests.stateful.deep --steps $(or $(STEPS),10000000)

deep-operations: setup ## distribute through a bad network with a hundred seeds, each killed ten times, then the whole list once (SEEDS=n, FIRST=n)
	@$(PY) -m tests.faults.exercise --seeds $(or $(SEEDS),100) --first $(or $(FIRST),0)
	@$(PY) -m tests.faults.exercise --seeds 1 --first $(or $(FIRST),0) --accounts 10000 --batch 275

replay: setup ## run a written-down failure again: FILE=reports/failures/... BACKEND=revm or ganache
	@LVO_REPLAY=$(FILE) $(PY) -m pytest tests/stateful -k test_replay --backend $(or $(BACKEND),both)

lint: setup ## every linter: solhint, prettier, ruff, mypy, codespell and the project's own rules
	@$(PY) tools/lint.py

format: setup ## lay out Solidity and Python as the linters want it
	@$(PY) tools/lint.py --fix

mutate: setup ## break a contract on purpose and count what the tests notice: make mutate CONTRACT=LVOToken LIMIT=200 SEED=1
	@$(PY) tools/mutate.py $(CONTRACT) --limit $(or $(LIMIT),0) --seed $(or $(SEED),0) $(if $(COMMAND),--command "$(COMMAND)")

abi: setup ## accept the interfaces as compiled into reports/abi
	@$(PY) tools/abi.py

bench: setup ## measure gas and Merkle trees beside the peers; fails if reports/gas.json differs (ACCEPT=1 takes the new figures)
	@$(PY) -m benchmarks $(if $(ACCEPT),--accept)
	@$(PY) -m benchmarks.merkle $(if $(ACCEPT),--accept)

bench-merkle: setup ## measure Merkle trees beside OpenZeppelin's (DEEP=1: ten million rows too; ACCEPT=1 writes reports/merkle.json)
	@$(PY) -m benchmarks.merkle $(if $(DEEP),--deep) $(if $(ACCEPT),--accept)

bench-vouchers: setup ## measure how many vouchers a second the tip service accepts, and kill it while it does
	@$(PY) -m benchmarks.vouchers

bench-attention: setup ## measure attention: receipts and signatures a second (ROWS=100000000 for the long row; ACCEPT=1 writes reports/attention.json)
	@$(PY) -m benchmarks.attention $(if $(ROWS),--rows $(ROWS)) $(if $(ACCEPT),--accept)

spark: setup ## add PySpark, for computing attention on Apache Spark (needs Java 17 or later)
	@$(PY) -m pip install --quiet -r requirements-spark.txt

compile: setup ## compile every contract
	@$(BROWNIE) compile --all

console: setup ## brownie console on a fresh Ganache
	@$(BROWNIE) console

lock: ## pin requirements.in again (needs uv); the head of the lock stays
	@sed '/^[a-z]/,$$d' requirements.lock > build/lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate requirements.in >> build/lock
	@mv build/lock requirements.lock

clean: ## forget everything that was installed or built
	rm -rf .venv node_modules benchmarks/node_modules build .hypothesis
