#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# acceptance.sh [CHECK...]: the program beside Keras, ONNX Runtime, scikit-learn and Spark, live,
# and what is too large for make test. A line a comparison: OK, FAIL, or SKIP where data are
# missing (POMONA_SHARED names their folder). CHECK is a name of tests/acceptance without .py.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p out
checks=("$@")
[ ${#checks[@]} -gt 0 ] || checks=(listing_memory plan_memory native_engine onnx_live keras_live s3_link s3_listing spark_reads stats_live wheel_on_debian sdist_elsewhere)

failed=()
for check in "${checks[@]}"; do
  printf '\n== %s\n' "$check"
  start=$SECONDS
  .venv-acceptance/bin/python "tests/acceptance/$check.py" 2>out/acceptance.log ||
    { failed+=("$check"); tail -n 20 out/acceptance.log; }
  printf '     %d s\n' $((SECONDS - start))
done

echo
if [ ${#failed[@]} -gt 0 ]; then
  echo "acceptance: FAILED: ${failed[*]}"
  exit 1
fi
echo "acceptance: all passed"
