#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up everything that a build needs on Debian 12: Debian packages (sudo where not
# root), .venv with the locked Python packages. Run again, it costs a second.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  build-essential cmake ninja-build ccache pkg-config git python3 python3-venv python3-dev
  libjpeg62-turbo-dev libpng-dev libwebp-dev libhdf5-dev libssl-dev zlib1g-dev
  libcurl4-openssl-dev libpugixml-dev libeigen3-dev libspectra-dev libopenblas-dev liblapacke-dev
  libcli11-dev nlohmann-json3-dev libspdlog-dev libgtest-dev libgmock-dev libbenchmark-dev
  clang-14 libclang-rt-14-dev shellcheck openssl e2fsprogs
)
# Spark's: any Java 17 or later that is there will do.
command -v java >/dev/null || packages+=(openjdk-17-jre-headless)

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

# venv FOLDER LOCK: a virtual environment that holds exactly what LOCK names.
venv() {
  local stamp="$1/.lock.sha256" want
  want="$(sha256sum "$2" | cut -d' ' -f1)"
  if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && "$1/bin/python" -c '' 2>/dev/null; then return; fi
  echo "setup: Python packages of $2 into $1 (some minutes)"
  /usr/bin/python3 -m venv --clear "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$2"
  echo "$want" >"$stamp"
}
venv .venv requirements.lock
if [ "${1:-}" = --acceptance ]; then venv .venv-acceptance requirements-acceptance.lock; fi
