# Thin: npm scripts do the work. Needs git, make, Go, and Node 20 or newer with npm; everything else is installed.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The pinned Node comes first on the path of everything below.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.package-lock.json

.PHONY: help install demo test verify bench clean

help:
	@echo "make demo    the city, from its plan to running allocations / 从规划到资源交付的完整演示"
	@echo "make test    every check and test / 全部检查与测试"
	@echo "make verify  the static part / 静态检查"
	@echo "make bench   benchmarks / 基准测试"

install: $(INSTALLED)

$(INSTALLED): package.json package-lock.json
	npm ci --loglevel=error --no-audit --no-fund
	@touch $@

demo: $(INSTALLED)
	@npm run --silent demo

test: $(INSTALLED)
	@npm run --silent test

verify: $(INSTALLED)
	@npm run --silent verify

bench: $(INSTALLED)
	@npm run --silent bench

clean:
	rm -rf dist coverage
