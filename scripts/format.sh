#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formats everything (format.sh), or fails where something is not formatted (--check).
set -euo pipefail
cd "$(dirname "$0")/.."
check=(-i)
py=()
if [ "${1:-}" = --check ]; then check=(--dry-run --Werror); py=(--check); fi
git ls-files --cached --others --exclude-standard '*.cc' '*.h' |
  xargs -r .venv/bin/clang-format "${check[@]}"
.venv/bin/ruff format --quiet "${py[@]}" .
