#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Line coverage of the library by its C++ tests: a line a folder, and the files below 80 %.
# coverage.sh [TARGET...]: of some test programs only.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh coverage "$@"
find build/coverage -name '*.gcda' -delete
if [ $# -gt 0 ]; then
  for target in "$@"; do "build/coverage/bin/$target" --gtest_brief=1; done
else
  ctest --test-dir build/coverage --output-on-failure >build/coverage.log || { cat build/coverage.log; exit 1; }
fi
exec .venv/bin/python scripts/coverage.py build/coverage
