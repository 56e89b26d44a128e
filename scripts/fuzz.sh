#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [TARGET...]: runs the libFuzzer targets, two at a time, each from its seeds
# in tests/fuzz/corpus. New inputs are kept in build/fuzz/corpus; crashes fail the script.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="$1"
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd tests/fuzz && ls -- *_fuzz.cc | sed 's/\.cc$//')

run() {
  local name="${1%_fuzz}" work
  work="build/fuzz/corpus/$name"
  mkdir -p "$work" build/fuzz/crashes
  "build/fuzz/bin/$1" "$work" "tests/fuzz/corpus/$name" -max_total_time="$2" -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="build/fuzz/crashes/$name-" \
    -print_final_stats=1 >"build/fuzz/$name.log" 2>&1 ||
    { tail -n 40 "build/fuzz/$name.log"; echo "fuzz: $1 failed"; return 1; }
  echo "fuzz: $1 $(grep -o 'stat::number_of_executed_units: *[0-9]*' "build/fuzz/$name.log" | grep -o '[0-9]*$') inputs, no fault"
}
export -f run
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c "run {} $seconds"
