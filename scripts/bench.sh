#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures on this machine, which should be idle, after `make build python` (`make bench` does both):
#   bench.sh [--full]        the job against its peers, quick (about ten minutes) or in full
#   bench.sh job [...]       the same; more: bench.sh job --help
#   bench.sh peers [...]     the libraries and pipelines that people would pick; bench.sh peers --help
# What is measured in full is written to benchmarks/RESULTS.md.
set -euo pipefail
cd "$(dirname "$0")/.."
what=job
case "${1:-}" in job | peers) what="$1"; shift ;; esac
if [ $what = job ]; then exec .venv/bin/python benchmarks/job/run.py "$@"; fi
scripts/setup.sh --bench
exec .venv/bin/python benchmarks/peers/suite.py "$@"
