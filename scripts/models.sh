#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the heads that are built in, from the pictures in POMONA_SHARED (../shared), and writes
# assets/heads/: a folder a head, and README.md with what they are and how good.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${POMONA_SHARED:-../shared}/data"
pomona=build/release/bin/pomona
[ -d "$data/grocery" ] || { echo "models: $data has no pictures; name their folder by POMONA_SHARED"; exit 1; }

work=out/models
rm -rf "$work"
mkdir -p "$work/pictures"
ln -s "$(realpath "$data")/fruits-360/Training" "$work/pictures/fruits-360"
ln -s "$(realpath "$data")/grocery/train/Fruit" "$work/pictures/grocery"

# f32: the precision is part of what a head asks for, and every CPU has it.
"$pomona" extract "$work/pictures" --out "$work/rows" --model lite0 --precision f32 --quiet
tests=(grocery/val/Fruit fruits-360/Test)
for target in fruit variety; do
  head="assets/heads/$target"
  "$pomona" train "$work/rows" --target "$target" --root --l2 --out "$head" --overwrite --quiet
  for test in "${tests[@]}"; do
    name="${test//\//-}"
    # The rows of a test serve every head.
    "$pomona" evaluate "$data/$test" --head "$head" --rows "$work/rows-$name" --json \
      >"$work/$target-$name.json"
  done
done
"$pomona" predict "$data/grocery/other" --json >"$work/other.jsonl"
.venv/bin/python scripts/model_cards.py "$work"
