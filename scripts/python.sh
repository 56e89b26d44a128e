#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Python package and installs it, editable, into .venv (or POMONA_VENV). Run
# again, it builds what changed and takes a second.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-$PWD/.cache/ccache}" CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
# Python tells its children a locale where there is none: objects are the same in all.
export CCACHE_SLOPPINESS=locale
# As in CMakePresets.json: under the name that Python would choose for the same compiler the
# cache has nothing, and every library would be compiled again.
export CC=/usr/bin/gcc CXX=/usr/bin/g++
venv="${POMONA_VENV:-.venv}"
build=build/python
stamp="$build/.installed"
log=build/python.log
mkdir -p "$build"

site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"
want="$( (echo "$PWD $site"; cat pyproject.toml python/CMakeLists.txt) | sha256sum)"
fail() { tail -n 60 "$log"; exit 1; }

# True when what is there was installed from here; a wheel built since has other settings.
installed() {
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] &&
    compgen -G "$site/pomona-*.dist-info" >/dev/null &&
    grep -qs '^SKBUILD_STATE:.*=editable$' "$build/CMakeCache.txt"
}
if installed; then
  cmake --build "$build" --target _core pomona_stub >"$log" 2>&1 || fail
  cmake --install "$build" --component python --prefix "$site" >>"$log" 2>&1 || fail
  exit
fi
echo "python: building the package (log: $log)"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-build-isolation --no-deps \
  --force-reinstall --config-settings=build.targets="_core;pomona_stub" --editable . >"$log" 2>&1 || fail
echo "$want" >"$stamp"
