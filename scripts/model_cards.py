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

`pomona predict PHOTO` answers with these unless `--head` names others. All take rows of
`--model lite0` at 224 x 224, layer `feat`, f32 (shrinkage LDA on square roots of length 1).
Those of maturity and health answer of the fruits that they were trained on alone, "unknown" of
all others.

- **Trained on** Fruits-360 2024.08 (60 frames a folder of 141, on white; MIT, H. Muresan and
  M. Oltean) and the Grocery Store data set (its fruit photos of 28 classes, from shops; MIT,
  M. Klasson, C. Zhang and H. Kjellstrom). `make models` makes them again from those pictures.
- **For** telling one kind of fruit in a photo, on a plain background or in a shop.
- **Not for** safety, allergies, prices, grading, or anything else where a wrong word costs; not
  for several kinds in one photo. Kinds that are not in the lists of `head.json` get a wrong word
  or "not known".

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


def figures_of(head: dict) -> dict:
    return json.loads(head["metadata"]["held_out"])


def maturity(work: Path) -> str:
    head = json.loads((HEADS / "maturity" / "head.json").read_text(encoding="utf-8"))
    held, same = figures_of(head), json.loads((work / "maturity-fruits-360-Test.json").read_text())
    fruits = ", ".join(json.loads(head["metadata"]["applies_to"]))
    return f"""
## maturity

{", ".join(head["classes"])}; of {fruits} alone.

- **Trained on** folders of Fruits-360 whose name tells it: `Avocado 1`, `Cucumber 1` and `3`,
  `Tomato not Ripened 1` are unripe, `Avocado ripe 1`, `Cucumber Ripe 1` and `2`,
  `Tomato Cherry Red 1` ripe. All others are left out, not taken for ripe.
- **Whole fruits apart** where there are two of a kind (cucumbers), else another turn of the same
  fruit (avocados, tomatoes): AUROC {held["auroc"]:.3f}, accuracy {percent(held["accuracy"])} of
  {held["pictures"]} frames. That is eight fruits: of four cucumbers that were all told apart the
  95 % interval for the next one is 40 to 100 % (Clopper and Pearson), whatever the frames say.
- **The same fruits**, official test: AUROC {same["auroc"]:.3f}, accuracy
  {percent(same["accuracy"])} of {same["pictures"]}.
- **Not for** photos from shops or trees (never tried: nobody told their maturity), fruit in
  between, and other varieties: a yellow tomato that is ripe, an avocado that stays green.
"""


def health(work: Path) -> str:
    head = json.loads((HEADS / "health" / "head.json").read_text(encoding="utf-8"))
    turns = figures_of(json.loads((work / "health-by-turn" / "head.json").read_text()))
    pairs = json.loads((work / "health-apples.json").read_text())
    rows = "".join(f"| {pair} | {auroc:.2f} |\n" for pair, auroc in pairs.items())
    mean = sum(pairs.values()) / len(pairs)
    return f"""
## health

{", ".join(head["classes"])}; of apples alone.

**It knows five apples, and tells nothing of a sixth.** They are those of `defects`: one bruised,
one rotten, three sound. On another turn of the same apples its AUROC is {turns["auroc"]:.3f}
({turns["pictures"]} frames, accuracy {percent(turns["accuracy"])}). With whole apples apart, a
sound one and one that is not:

| asked for | AUROC |
|---|---|
{rows}
The mean, {mean:.2f}, is no better than chance (0.5), and the goal of 0.97 is out of reach with
five apples: earlier layers of the network, colours and thumbnails of one size were tried too and
went from 0.0 to 1.0 by the pair. So its probabilities are calibrated on apples held out whole,
and stay low: read "damaged 40 %, or healthy" as "not known". Frames that show the sound side of
the bruised apple count as damaged. **For your own fruit** train a head on folders of many
specimens: `pomona train PHOTOS --target health --taxonomy mine.csv --group-by REGEX`.
"""


if __name__ == "__main__":
    cards = [card(target, Path(sys.argv[1])) for target in ("fruit", "variety")]
    cards += [maturity(Path(sys.argv[1])), health(Path(sys.argv[1]))]
    (HEADS / "README.md").write_text(INTRODUCTION + "".join(cards), encoding="utf-8")
    print(f"models: wrote {HEADS.name}/README.md")
