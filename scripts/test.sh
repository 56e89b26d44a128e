#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests. test.sh quick leaves out the sanitizer and fuzzer builds.
set -euo pipefail
cd "$(dirname "$0")/.."
start=$SECONDS
step() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - start)); }
fuzz_seconds="${POMONA_FUZZ_SECONDS:-30}"

step "format and lint"
scripts/lint.sh quick
step "build"
scripts/build.sh dev
step "C++ tests"
ctest --test-dir build/dev --output-on-failure
step "Python package"
scripts/python.sh
step "wheel"
scripts/wheel.sh
step "test servers"
scripts/tools.sh
step "Python, end-to-end and fault tests"
.venv/bin/python -m pytest
if [ "${1:-}" = quick ]; then exit; fi

step "address and undefined-behaviour sanitizers"
scripts/build.sh asan-ubsan tests
scripts/sanitized.sh asan-ubsan
step "thread sanitizer"
scripts/build.sh tsan tests
scripts/sanitized.sh tsan
step "fuzzers, $fuzz_seconds s each"
scripts/build.sh fuzz
scripts/fuzz.sh "$fuzz_seconds"
step "done"
