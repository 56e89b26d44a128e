# SPDX-License-Identifier: Apache-2.0
.PHONY: python run test bench acceptance format lint clean setup build

export CCACHE_DIR := $(CURDIR)/.cache/ccache

setup:
	@scripts/setup.sh

build: setup
	@scripts/build.sh release

# After build, whose compiled files it takes from the compiler cache.
python: build
	@scripts/python.sh

run: build python
	@scripts/run_example.sh

test: setup
	@scripts/test.sh

bench: build
	@scripts/bench.sh

acceptance: build
	@scripts/setup.sh --acceptance
	@scripts/acceptance.sh

format: setup
	@scripts/format.sh

lint: setup
	@scripts/lint.sh

clean:
	rm -rf build out .cache
