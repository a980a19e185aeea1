# 前台 Qiantai. `make help` lists what there is to do.
SHELL := /bin/bash
.DEFAULT_GOAL := help

APP := .venv/app/bin
BOT := .venv/bot/bin
# The CPU build of torch; where the packages come from a local folder, uv must be told of it.
export UV_TORCH_BACKEND ?= $(if $(PIP_FIND_LINKS),,cpu)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_PYTHON_DOWNLOADS ?= automatic
export PYTHONPATH := $(CURDIR)
export RASA_TELEMETRY_ENABLED := false

.PHONY: help run wechat-demo setup train test lint format clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: setup ## Start the demo bank: customer chat, console and bot; Ctrl-C stops it
	@exec $(APP)/qiantai run --demo

wechat-demo: setup ## Start the demo bank with a fake of WeChat and a page that plays its customer
	@scripts/wechat-demo

setup: .venv/app/.ready .venv/bot/.ready ## Make both Python environments

train: setup ## Train the bot if its data changed
	@$(APP)/qiantai train

test: setup ## Run every test: unit, integration, live dialogues, browser journeys
	@scripts/test

lint: setup ## Check style, types, import directions, migrations, articles and training data
	$(APP)/ruff check .
	$(APP)/ruff format --check .
	$(APP)/mypy
	$(BOT)/python -m mypy --config-file bot/mypy.ini bot
	$(APP)/python -m tests.lint.import_direction
	$(APP)/python -m tests.lint.migration_drift
	$(APP)/python -m knowledge_base.validator
	$(APP)/python -m tests.lint.nlu_data

format: setup ## Format the code
	$(APP)/ruff format .
	$(APP)/ruff check --fix .

clean: ## Remove environments, models and local data
	rm -rf .venv models var .rasa

.venv/app/.ready: requirements.txt pyproject.toml
	@scripts/environment app 3.11 requirements.txt

.venv/bot/.ready: bot/requirements.txt
	@scripts/environment bot 3.10 bot/requirements.txt
