# Wick. `make` lists what there is to do.
#
# Variables: SOURCE (sim, a file, or - for standard input), ARGS (passed on), DATA (data folder), SQL (queries), MINUTES (of a soak or of fuzzing),
# LINE (safety lines to switch off; all of them when left out).

SHELL   := /bin/bash
DATA    ?= .wick
SQL     ?= sql
SOURCE  ?= sim
ARGS    ?=
MINUTES ?= 30
LINE    ?=
SWIFT   ?= swift
RELEASE := .build/release/wick
DEBUG   := .build/debug/wick
# Real trades with exact answers live beside the project where they are available; tests say aloud when they are not.
export WICK_TEST_DATA ?= $(abspath ../shared/data)

.DEFAULT_GOAL := help
.PHONY: help setup build debug run up broker ingest stream sink serve sql verify replay schema-check test interop bench soak fuzz mutate lint format ci clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: ## Install the system libraries Wick links (Debian, Ubuntu)
	@scripts/setup

build: setup ## Build the release binary
	@$(SWIFT) build -c release --product wick

debug: setup
	@$(SWIFT) build --product wick

run: build ## Everything on one machine until the source ends: broker, registry, ingest, candles, lake. SOURCE=sim|FILE
	@$(RELEASE) up --source $(SOURCE) --data-dir $(DATA) --exit-when-done $(ARGS)

up: build ## The same, and stay up until interrupted
	@$(RELEASE) up --source $(SOURCE) --data-dir $(DATA) $(ARGS)

broker: build ## The embedded broker and registry alone
	@$(RELEASE) broker --data-dir $(DATA) $(ARGS)

ingest: build ## Bring trades from SOURCE onto Kafka
	@$(RELEASE) ingest --source $(SOURCE) $(ARGS)

stream: build ## Run the queries in SQL on Kafka
	@$(RELEASE) run $(SQL) $(ARGS)

sink: build ## Carry the topics of the queries in SQL into lake tables
	@$(RELEASE) sink $(SQL) --lake $(DATA)/lake $(ARGS)

serve: build ## Answer queries over HTTP, as ksqlDB's REST clients ask them
	@$(RELEASE) serve $(SQL) $(ARGS)

sql: build ## A prompt for statements
	@$(RELEASE) sql $(SQL) $(ARGS)

verify: build ## Prove that nothing was lost, doubled or miscounted
	@$(RELEASE) verify $(if $(WICK_BOOTSTRAP),--lake $(DATA)/lake,--data-dir $(DATA)) $(ARGS)

replay: build ## Compute candles again from the log, beside the live ones, and compare. ARGS="--from TIME --to TIME"
	@$(RELEASE) replay $(SQL) $(if $(WICK_BOOTSTRAP),,--data-dir $(DATA)) $(ARGS)

schema-check: build ## Compare contracts/ with git history, and with a live registry where WICK_REGISTRY names one
	@$(RELEASE) schema check $(ARGS)

test: ## Unit, property, integration, crash and simulation tests (about twenty-five minutes on two cores, ten of them building)
	@scripts/setup strace prometheus
	@scripts/test

interop: debug ## Independent readers on the tables, independent clients on the broker
	@Tests/interop/run $(DEBUG)

bench: setup ## Ratios against bare librdkafka and PyArrow, in one run
	@scripts/bench

soak: ## Look for violations for MINUTES (default 30); prints what was tried, exits 1 on any
	@scripts/setup strace
	@scripts/soak $(MINUTES)

fuzz: setup ## Damaged inputs for every parser and decoder for MINUTES (default 30); prints what was tried, exits 1 on a finding
	@$(SWIFT) build -c release --product wick-fuzz
	@.build/release/wick-fuzz --minutes $(MINUTES) $(ARGS)

mutate: setup ## Switch the safety lines off one by one; each must fail a test (about half an hour)
	@scripts/mutate $(LINE)

lint: setup ## Import rules, formatting, house style
	@scripts/lint

format: ## Rewrite the sources in the house style
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

ci: ## What CI does
	@.ci/run

clean: ## Remove what was built
	@rm -rf .build .venv
