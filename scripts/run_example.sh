#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole job on the fruit pictures in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/release/bin/pomona run examples/fruits --out out/fruits "$@"
