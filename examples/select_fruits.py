# SPDX-License-Identifier: Apache-2.0
"""Choose the pictures of examples/fruits from the training folder of Fruits-360.

.venv/bin/python examples/select_fruits.py FRUITS360_TRAINING

Two frames of each variety: those 1/4 and 3/4 of the way through its frames in the order in
which the fruit turned, so that they show different sides (or different fruits).
"""

import re
import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "fruits"


def turn_order(file: Path) -> list[int | str]:
    """Sort key: "r2_17_100.jpg" by series, then by the number of the frame."""
    return [int(word) if word.isdigit() else word for word in re.split(r"(\d+)", file.name)]


def main(training: str) -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    for folder in sorted(Path(training).iterdir()):
        frames = sorted(folder.glob("*.jpg"), key=turn_order)
        target = TARGET / folder.name
        target.mkdir(parents=True)
        for quarter in (1, 3):
            chosen = frames[len(frames) * quarter // 4]
            shutil.copyfile(chosen, target / chosen.name)


if __name__ == "__main__":
    main(sys.argv[1])
