# SPDX-License-Identifier: Apache-2.0
"""A folder of src/pomona includes only itself and folders above it (docs/tour.md)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "pomona"
LAYERS = ["base", "store", "image", "model", "engine", "stats", "table", "job", "learn", "serve"]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def wrong_includes(text: str, layer: str) -> list[str]:
    """The quoted includes of `text` that a file of folder `layer` may not have."""
    wrong = []
    for target in INCLUDE.findall(text):
        parts = target.split("/")
        known = parts[0] == "pomona" and len(parts) > 2 and parts[1] in LAYERS
        if not known or LAYERS.index(parts[1]) > LAYERS.index(layer):
            wrong.append(target)
    return wrong


def test_every_folder_is_a_layer():
    folders = {p.name for p in SOURCE.iterdir() if p.is_dir()}
    assert folders <= set(LAYERS), f"not in the list of layers: {folders - set(LAYERS)}"


def test_includes_point_upwards():
    wrong = []
    for file in sorted(SOURCE.rglob("*.[ch]*")):
        if file.suffix not in {".h", ".cc"}:
            continue
        layer = file.relative_to(SOURCE).parts[0]
        bad = wrong_includes(file.read_text(encoding="utf-8"), layer)
        if file.name.endswith("_test.cc"):
            bad = [target for target in bad if not target.startswith("tests/contract/")]
        wrong += [f"{file.relative_to(ROOT)}: {target}" for target in bad]
    assert not wrong, "includes against the layers:\n" + "\n".join(wrong)


def test_the_check_finds_a_wrong_include():
    assert wrong_includes('#include "pomona/job/run.h"', "store") == ["pomona/job/run.h"]
    assert wrong_includes('#include "sibling.h"', "store") == ["sibling.h"]
    assert wrong_includes('#include "pomona/base/hash.h"', "store") == []
