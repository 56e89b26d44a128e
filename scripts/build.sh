#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh PRESET [TARGET...]: configures where needed and builds; quiet unless it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
# Without the folder in the hash, a second clone builds from the first one's cache.
export CCACHE_DIR="${CCACHE_DIR:-$PWD/.cache/ccache}" CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
# Python tells its children a locale where there is none: objects are the same in all.
export CCACHE_SLOPPINESS=locale
preset="$1"
shift
mkdir -p build
log="build/$preset.log"
if [ ! -f "build/$preset/build.ninja" ]; then
  echo "build: $preset (log: $log)"
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log"; exit 1; }
fi
targets=()
for t in "$@"; do targets+=(--target "$t"); done
cmake --build "build/$preset" "${targets[@]}" >"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }
