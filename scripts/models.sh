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

# Held out together: a whole cucumber (four are there), and of the others a turn of the fruit.
# A head of one fruit or series would pass for sure of what it cannot know.
"$pomona" train "$work/rows" --target maturity --root --l2 --overwrite --quiet \
  --group-by '/(Cucumber[^/]*|[^/]*/r?)' --out assets/heads/maturity
"$pomona" evaluate "$data/fruits-360/Test" --head assets/heads/maturity \
  --rows "$work/rows-fruits-360-Test" --json >"$work/maturity-fruits-360-Test.json"

# Apples in their original size alone: those of Fruits-360 are small, and its only one whose
# health is told is damaged, so that small would mean damaged. Whole apples are held out: the
# head gets to know how little it knows of the next one.
"$pomona" extract "$data/defects" --out "$work/rows-defects" --model lite0 --precision f32 --quiet
"$pomona" train "$work/rows-defects" --target health --root --l2 --overwrite --quiet \
  --group-by '^([^/]*)' --out assets/heads/health
"$pomona" train "$work/rows-defects" --target health --root --l2 --overwrite --quiet \
  --group-by '^([^_]*_[a-z]*_1/r[0-9])' --out "$work/health-by-turn"
.venv/bin/python scripts/specimens.py "$pomona" "$work/rows-defects" "$work/health-apples.json"
"$pomona" predict "$data/grocery/other" --json >"$work/other.jsonl"
.venv/bin/python scripts/model_cards.py "$work"
