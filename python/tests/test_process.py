# SPDX-License-Identifier: Apache-2.0
"""One process, one copy of each library; types as promised."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAPS = """
{imports}
import pathlib
import pomona
pomona.FeatureExtractor(weights="none", input_size=32)
import pyarrow.parquet
for line in pathlib.Path("/proc/self/maps").read_text().splitlines():
    if "/" in line:
        print(line[line.index("/"):])
"""


@pytest.mark.parametrize(
    "imports", ["", "import pyarrow", "import openvino", "import pyarrow, openvino, sklearn"]
)
def test_one_libarrow_and_one_libtbb(imports):
    code = MAPS.format(imports=imports)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    mapped = set(done.stdout.splitlines())
    for stem in ("libarrow", "libparquet", "libtbb", "libopenvino"):
        copies = {p for p in mapped if Path(p).name.startswith(f"{stem}.so")}
        assert len(copies) == 1, copies


def test_types_are_strict():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
