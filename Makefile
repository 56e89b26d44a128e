# SPDX-License-Identifier: Apache-2.0
.PHONY: models python wheel run test bench acceptance format lint clean setup setup-tests build

export CCACHE_DIR := $(CURDIR)/.cache/ccache

setup:
	@scripts/setup.sh

# Also what tests, linters and benchmarks need.
setup-tests:
	@scripts/setup.sh --tests

build: setup
	@scripts/build.sh release

# After build, whose compiled files it takes from the compiler cache.
python: build
	@scripts/python.sh

# dist/pomona-*.whl, which brings the program with it; see docs/install.md.
wheel: build
	@scripts/wheel.sh

run: build python
	@scripts/run_example.sh

test: setup-tests
	@scripts/test.sh

# The job, then Pomona beside its peers: half an hour on an idle machine.
bench: setup-tests build python
	@scripts/setup.sh --bench
	@scripts/bench.sh
	@scripts/bench.sh peers

acceptance: build wheel
	@scripts/setup.sh --acceptance
	@scripts/acceptance.sh

# The heads that are built in; needs the pictures of POMONA_SHARED.
models: build
	@scripts/models.sh

format: setup-tests
	@scripts/format.sh

lint: setup-tests
	@scripts/lint.sh

clean:
	rm -rf build out .cache
