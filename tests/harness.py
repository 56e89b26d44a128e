# SPDX-License-Identifier: Apache-2.0
"""What the tests that drive the program from the command line share."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build" / "dev" / "bin" / "pomona"
FRUITS = ROOT / "examples" / "fruits"

# Small and quick: VGG16 at 32 x 32 gives 512 numbers an image.
QUICK = ["--input-size", "32", "--components", "8"]


class Pomona:
    """Runs the program; keeps nothing."""

    def __call__(self, *args, code=0, env=None, timeout=300, **kwargs):
        done = subprocess.run(
            [str(PROGRAM), *map(str, args)],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            env={**os.environ, **(env or {})},
            **kwargs,
        )
        if code is not None:
            assert done.returncode == code, f"{args}\n{done.stdout}\n{done.stderr}"
        assert "terminate called" not in done.stderr
        return done

    def start(self, *args, env=None, **kwargs):
        return subprocess.Popen(
            [str(PROGRAM), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
            **kwargs,
        )


def tree(folder):
    """What must repeat: every file but manifest.json and events/, by its hash."""
    files = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "manifest.json" and not name.startswith("events/"):
            files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return files


def manifest(folder):
    return json.loads((Path(folder) / "manifest.json").read_text())


def pick(target, varieties, each=2):
    """Copies `varieties` folders of the bundled fruits (times kept) into `target`."""
    folders = sorted(p for p in FRUITS.iterdir() if p.is_dir())
    step = max(1, len(folders) // varieties)
    for folder in folders[::step][:varieties]:
        (target / folder.name).mkdir(parents=True, exist_ok=True)
        for image in sorted(folder.glob("*.jpg"))[:each]:
            shutil.copy2(image, target / folder.name / image.name)
    return target


def fails(pomona, *args, naming, code=1):
    """Runs what must end with an error that names each word of `naming`."""
    done = pomona(*args, code=code)
    assert done.stderr.startswith("error: "), done.stderr
    for word in [naming] if isinstance(naming, str) else naming:
        assert word in done.stderr, done.stderr
    return done


def column(files, name):
    """A column of lists in Parquet files, as one array: rows x length of a list."""
    tables = [pq.read_table(file)[name] for file in sorted(files)]
    return np.concatenate([np.stack(t.to_numpy(zero_copy_only=False)) for t in tables])


def overlap(a, b):
    """Of two boxes (left, top, right, bottom): intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, width) * max(0, height)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
