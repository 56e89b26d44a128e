#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that run no program of ours: formatting, ruff, mypy, shellcheck, and clang-tidy over all
# C++ sources. lint.sh changed: over those that differ from the main branch; quick: without it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/format.sh --check
.venv/bin/ruff check --quiet .
if [ -d python/pomona ]; then .venv/bin/mypy --no-error-summary; fi
git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0r shellcheck --severity=warning

if [ "${1:-}" = quick ]; then exit; fi

# Sources that changed, or whose folder's headers did.
changed() {
  local base
  base="$(git merge-base HEAD main 2>/dev/null || git rev-parse HEAD)"
  { git diff --name-only "$base"; git ls-files --others --exclude-standard; } |
    grep -E '^(src|cli|python)/.*\.(cc|h)$' | while read -r file; do
      case "$file" in
        *.h) ls "$(dirname "$file")"/*.cc 2>/dev/null || true ;;
        *) echo "$file" ;;
      esac
    done | sort -u
}

if [ "${1:-}" = changed ]; then
  sources="$(changed)"
else
  sources="$(git ls-files --cached --others --exclude-standard 'src/*.cc' 'cli/*.cc')"
fi
[ -n "$sources" ] || { echo "lint: clean; no C++ source changed"; exit 0; }
cmake --preset dev >/dev/null # so that every source is in compile_commands.json
echo "lint: clang-tidy over $(wc -l <<<"$sources") sources"
# The compile commands are g++'s: clang does not know each of its warnings.
xargs -d '\n' -P "$(nproc)" -n 1 timeout 300 .venv/bin/clang-tidy -p build/dev --quiet \
  --extra-arg=-Wno-unknown-warning-option \
  <<<"$sources" 2>&1 | { grep -v -E '^[0-9]+ warnings? |^\[|^Suppressed|^$' || true; }
echo "lint: clean"
