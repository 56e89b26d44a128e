#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up what a build needs on Debian 12: Debian packages (sudo where not root), .venv with
# the locked Python packages. Run again, it costs a second.
#   setup.sh --packages     only the Debian packages: all that `pip wheel` of the source package needs
#   setup.sh --tests        also what the tests, linters and benchmarks need
#   setup.sh --acceptance   also .venv-acceptance
#   setup.sh --bench        also .venv-bench, the libraries that `make bench` measures beside Pomona
set -euo pipefail
cd "$(dirname "$0")/.."

tests=no
acceptance=no
bench=no
python=yes
for option in "$@"; do
  case "$option" in
    --packages) python=no ;;
    --tests) tests=yes ;;
    --acceptance) acceptance=yes ;;
    --bench) bench=yes ;;
    *) echo "setup: no option $option (--packages, --tests, --acceptance, --bench)"; exit 2 ;;
  esac
done

packages=(
  build-essential cmake ninja-build ccache pkg-config git python3 python3-venv python3-dev
  libjpeg62-turbo-dev libpng-dev libwebp-dev libhdf5-dev libssl-dev zlib1g-dev
  libcurl4-openssl-dev libpugixml-dev libeigen3-dev libspectra-dev libopenblas-dev liblapacke-dev
  liblbfgs-dev
  libcli11-dev nlohmann-json3-dev libspdlog-dev
)
if [ $tests = yes ]; then
  packages+=(
    libgtest-dev libgmock-dev libbenchmark-dev clang-14 libclang-rt-14-dev shellcheck openssl e2fsprogs
    debootstrap
  )
fi
# Spark's, in the tests, beside Keras and as a peer: any Java 17 or later that is there will do.
if [ $tests$acceptance$bench != nonono ] && ! command -v java >/dev/null; then
  packages+=(openjdk-17-jre-headless)
fi

missing=()
for p in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing Debian packages: ${missing[*]}"
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ $python = no ]; then exit; fi

# holds FOLDER LOCK: true where LOCK, as it is now, was installed into FOLDER.
holds() {
  [ "$(cat "$1/.$2.sha256" 2>/dev/null)" = "$(sha256sum "$2")" ] && "$1/bin/python" -c '' 2>/dev/null
}

# add FOLDER LOCK: installs what LOCK names.
add() {
  echo "setup: Python packages of $2 into $1 (some minutes)"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$2"
  sha256sum "$2" >"$1/.$2.sha256"
}

# venv FOLDER LOCK: a virtual environment that holds exactly what LOCK names.
venv() {
  holds "$1" "$2" && return
  /usr/bin/python3 -m venv --clear "$1"
  add "$1" "$2"
}

# Packages of tests that have changed are not left beside the new ones.
more=requirements-tests.lock
if [ -e ".venv/.$more.sha256" ] && ! holds .venv "$more"; then rm -rf .venv; fi
venv .venv requirements.lock
if [ $tests = yes ] && ! holds .venv "$more"; then add .venv "$more"; fi
if [ $acceptance = yes ]; then venv .venv-acceptance requirements-acceptance.lock; fi
if [ $bench = yes ]; then venv .venv-bench requirements-bench.lock; fi
