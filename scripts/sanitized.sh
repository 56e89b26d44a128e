#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sanitized.sh PRESET: runs the C++ tests of a sanitizer build.
set -euo pipefail
cd "$(dirname "$0")/.."
supp="$PWD/tests/sanitizers"
# alloc_dealloc_mismatch: OpenVINO brings tbbmalloc, which asan does not know.
export ASAN_OPTIONS="detect_leaks=1:alloc_dealloc_mismatch=0:detect_container_overflow=0"
export LSAN_OPTIONS="print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1"
export TSAN_OPTIONS="suppressions=$supp/tsan.supp:ignore_noninstrumented_modules=1:die_after_fork=0"
export TBB_ENABLE_SANITIZERS=1 OPENBLAS_NUM_THREADS=1
ctest --test-dir "build/$1" --output-on-failure -j2
