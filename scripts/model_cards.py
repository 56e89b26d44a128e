# SPDX-License-Identifier: Apache-2.0
"""Writes assets/heads/README.md, the cards of the built-in heads, from what scripts/models.sh
left in the folder that is its argument."""

import json
import math
import sys
from pathlib import Path

HEADS = Path(__file__).resolve().parents[1] / "assets" / "heads"
TESTS = {
    "grocery-val-Fruit": "shop photos apart",
    "fruits-360-Test": "Fruits-360, official test: **the same specimens** as in the training",
}
INTRODUCTION = """\
# Heads that are built in

`pomona predict PHOTO` answers with these unless `--head` names others. Both take rows of
`--model lite0` at 224 x 224, layer `feat`, f32 (shrinkage LDA on square roots of length 1).

- **Trained on** Fruits-360 2024.08 (60 frames a folder of 141, on white; MIT, H. Muresan and
  M. Oltean) and the Grocery Store data set (its fruit photos of 28 classes, from shops; MIT,
  M. Klasson, C. Zhang and H. Kjellstrom). `make models` makes them again from those pictures.
- **For** telling one kind of fruit in a photo, on a plain background or in a shop.
- **Not for** safety, allergies, prices, grading, or anything else where a wrong word costs; not
  for several kinds in one photo, nor for whether a fruit is ripe or sound. Kinds that are not
  in the lists of `head.json` get a wrong word or "not known".

Figures of held-out pictures stand beside those of tests apart: the first flatter, for
neighbouring pictures show the same fruit or visit. Intervals are 95 %.
"""


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def interval(share: float, n: int) -> str:
    """Wilson's, of a share of n."""
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return f"{percent(share)} ({100 * (middle - half):.0f} to {100 * (middle + half):.0f})"


def line(what: str, figures: dict) -> str:
    n = figures["pictures"]
    cells = [what, f"{n:,}", interval(figures["accuracy"], n), percent(figures["macro_f1"])]
    cells += [percent(figures["calibration_error"]), percent(figures["coverage"])]
    return "| " + " | ".join([*cells, percent(figures["unknown"])]) + " |\n"


def card(target: str, work: Path) -> str:
    head = json.loads((HEADS / target / "head.json").read_text(encoding="utf-8"))
    text = f"\n## {target}\n\n{len(head['classes'])} classes.\n\n"
    text += "| pictures | | accuracy | macro F1 | calibration error | candidates hold the truth "
    text += "(promised 90 %) | not known |\n|---|---|---|---|---|---|---|\n"
    text += line("held out of the training", json.loads(head["metadata"]["held_out"]))
    for name, what in TESTS.items():
        text += line(what, json.loads((work / f"{target}-{name}.json").read_text()))
    others = [json.loads(row) for row in (work / "other.jsonl").open()]
    unknown = sum(not row[target]["known"] for row in others)
    text += f"\nOf {len(others)} shop photos of packages it does not know {unknown}.\n"
    return text


if __name__ == "__main__":
    cards = [card(target, Path(sys.argv[1])) for target in ("fruit", "variety")]
    (HEADS / "README.md").write_text(INTRODUCTION + "".join(cards), encoding="utf-8")
    print(f"models: wrote {HEADS.name}/README.md")
