#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures the job against its peers: bench.sh (quick, about ten minutes) or bench.sh --full,
# which also writes benchmarks/RESULTS.md. More: bench.sh --help.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python benchmarks/job/run.py "$@"
