#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds dist/pomona-*.whl: the Python package with the program and the weights in it, and of the
# libraries that it needs all but those of the pyarrow and openvino wheels, which stand beside it.
#   wheel.sh              for Debian 12's Python 3.11
#   wheel.sh PYTHON...    for other Pythons; one of 3.12 or later gives the wheel for all of them
#                         (cp312-abi3). Its build packages are fetched from the package index.
#   wheel.sh --sdist      dist/pomona-*.tar.gz: scripts/setup.sh in it, then pip wheel, elsewhere
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-$PWD/.cache/ccache}" CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=locale
# As in scripts/python.sh, for the compiler cache.
export CC=/usr/bin/gcc CXX=/usr/bin/g++
mkdir -p build/wheel dist
log=build/wheel.log
: >"$log"
quietly() { "$@" >>"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }; }

if [ "${1:-}" = --sdist ]; then
  quietly .venv/bin/python -c 'import scikit_build_core.build as b; print(b.build_sdist("dist"))'
  tail -n 1 "$log" | sed 's,^,wheel: dist/,'
  exit
fi

# build PYTHON OPTION...: a wheel of this machine's libraries in build/wheel/raw. Its build folder
# is as deep as the others': compiled files of another depth are others to the compiler cache.
build() {
  local python="$1"
  shift
  rm -rf build/wheel/raw
  quietly "$python" -m pip wheel --disable-pip-version-check --no-deps "$@" \
    --config-settings=build-dir='build/wheel-{wheel_tag}' \
    --config-settings=cmake.define.POMONA_PYTHON="$PWD/.venv/bin/python" \
    --wheel-dir build/wheel/raw .
}

# The libraries that stand beside ours are left out. Their names carry their versions, and
# the wheel's requirements pin these.
site="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"
repair() {
  local repaired=build/wheel/repaired
  rm -rf "$repaired"
  PATH="$PWD/.venv/bin:$PATH" LD_LIBRARY_PATH="$site/pyarrow:$site/openvino/libs" quietly \
    .venv/bin/auditwheel repair --wheel-dir "$repaired" \
    --exclude 'libarrow*' --exclude 'libparquet*' --exclude 'libopenvino*' --exclude 'libtbb*' \
    build/wheel/raw/pomona-*.whl
  for wheel in "$repaired"/pomona-*.whl; do
    mv "$wheel" dist/
    echo "wheel: dist/${wheel##*/}"
  done
}

if [ $# = 0 ]; then
  build .venv/bin/python --no-build-isolation
  repair
fi
for python in "$@"; do
  build "$python"
  repair
done
