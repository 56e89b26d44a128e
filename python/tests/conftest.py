# SPDX-License-Identifier: Apache-2.0
"""Pictures and a run that the tests of the Python package share."""

import os
from pathlib import Path

import pytest
from package_harness import SMALL, picture

import pomona

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("POMONA_ASSETS", str(ROOT / "assets"))


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """20 pictures in two folders, and one that is none."""
    root = tmp_path_factory.mktemp("photos")
    for i in range(20):
        folder = root / ("Apple 1" if i % 2 else "Pêche plate")
        folder.mkdir(exist_ok=True)
        (folder / f"{i:02d}.jpg").write_bytes(picture(i))
    (root / "Apple 1" / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    return root


@pytest.fixture(scope="session")
def finished(photos, tmp_path_factory):
    """(report, folder) of a small run with random weights. Read only."""
    out = tmp_path_factory.mktemp("run") / "out"
    return pomona.run(photos, out, max_bad=0.5, **SMALL), out
