# SPDX-License-Identifier: Apache-2.0
"""How well health is told on apples that the training never saw:
specimens.py POMONA ROWS OUT. Each pair of a sound apple and one that is not is left out of the
training in turn, and asked for; OUT gets the area under the ROC curve of each pair as JSON."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SOUND = ("apple_braeburn_1", "apple_golden_1", "apple_red_1")
NOT_SOUND = ("apple_hit_1", "apple_rotten_1")


def taxonomy(path: Path, labels: set[str]) -> str:
    # Two words: neither "damaged" nor "rotten" has a second apple to be asked for.
    lines = [f"{x},{'healthy' if x in SOUND else 'damaged'}\n" for x in sorted(labels)]
    path.write_text("label,health\n" + "".join(lines), encoding="utf-8")
    return str(path)


def pair(pomona: str, rows: str, left_out: set[str], work: Path) -> float:
    others = set(SOUND + NOT_SOUND) - left_out
    head = str(work / "-".join(sorted(left_out)))
    subprocess.run(
        [pomona, "train", rows, "--target", "health", "--taxonomy",
         taxonomy(work / "train.csv", others), "--root", "--l2", "--out", head, "--quiet"],
        check=True,
    )  # fmt: skip
    done = subprocess.run(
        [pomona, "evaluate", rows, "--head", head, "--taxonomy",
         taxonomy(work / "test.csv", left_out), "--json"],
        check=True, capture_output=True,
    )  # fmt: skip
    return float(json.loads(done.stdout)["auroc"])


if __name__ == "__main__":
    program, source, out = sys.argv[1:]
    with TemporaryDirectory() as folder:
        found = {
            f"{sound}, {bad}": pair(program, source, {sound, bad}, Path(folder))
            for sound, bad in itertools.product(SOUND, NOT_SOUND)
        }
    Path(out).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
