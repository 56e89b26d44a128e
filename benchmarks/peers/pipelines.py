# SPDX-License-Identifier: Apache-2.0
"""Whole jobs, from a folder of pictures to a reduced table, timed from outside; and how Pomona's
time and memory grow."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from programs import BENCH_PYTHON, HERE

sys.path.append(str(HERE.parent / "job"))

import pictures
import run as job
from measure import measure

K = 64
TITLES = {
    "pomona": "Pomona",
    "python_script": "Python, Pillow, OpenVINO, scikit-learn",
    "daft": "Daft, OpenVINO, scikit-learn",
    "notebook": "the replaced notebook: PySpark, Keras, Spark ML",
}
Say = Callable[[str], None]


def by_bench_python(script: str, arguments: list[str]) -> dict:
    measured = measure([str(BENCH_PYTHON), str(HERE / script), *arguments])
    said = job.last_json(measured)
    return {**said, "seconds": measured.seconds, "peak_bytes": measured.peak_bytes}


def run_one(name: str, folder: Path, precision: str, scratch: Path, models: Path) -> dict:
    if name == "pomona":
        return job.pomona(folder, precision, scratch)
    if name == "python_script":
        return job.python_script(folder, precision, scratch)
    if name == "daft":
        out = [str(scratch / "daft.parquet"), str(models), str(K), precision]
        return by_bench_python("daft_openvino.py", [str(folder), *out])
    out = [str(scratch / "notebook.csv"), str(models), str(K)]
    run = by_bench_python("notebook.py", [str(folder), *out])
    # Linux tells of the driver alone, while the JVM and Python's workers hold the most.
    return {key: value for key, value in run.items() if key != "peak_bytes"}


def take_turns(
    names: list[str], count: int, repetitions: int, scratch: Path, models: Path, say: Say
) -> dict:
    """`names` on the same `count` pictures, all in f32."""
    folder = scratch / f"pictures-{count}"
    pictures.make_tree(folder, count)
    runs: dict[str, list[dict]] = {name: [] for name in names}
    for _ in range(repetitions):
        for name in names:
            run = run_one(name, folder, "f32", scratch, models)
            runs[name].append({**run, "images_per_second": count / run["seconds"]})
            say(f"{TITLES[name]}: {count} images in {run['seconds']:.1f} s")
    shutil.rmtree(folder)
    return {"images": count, "titles": {name: TITLES[name] for name in names}, "runs": runs}


def growth_with_images(counts: list[int], scratch: Path, say: Say) -> list[dict]:
    found = []
    for count in counts:
        folder = scratch / f"pictures-{count}"
        pictures.make_tree(folder, count)
        run = job.pomona(folder, "auto", scratch)
        shutil.rmtree(folder)
        found.append({"images": count, **run})
        say(f"{count} images: {run['seconds']:.1f} s, {run['peak_bytes'] / 1e6:.0f} MB")
    return found


def method_of(out: Path) -> str:
    """How the reducer's eigenvalues were found."""
    (file,) = (out / "reducer" / "gen-0000").glob("*.json")
    return str(json.loads(file.read_text(encoding="utf-8"))["method"])


def growth_with_columns(sizes: list[int], count: int, scratch: Path, say: Say) -> list[dict]:
    """VGG16 of larger and larger pictures: 512 numbers for each 32 x 32 of them."""
    folder = scratch / f"pictures-{count}"
    pictures.make_tree(folder, count)
    found: list[dict] = []
    for size in sizes:
        columns = 512 * (size // 32) ** 2
        try:
            run = job.pomona(folder, "auto", scratch, ("--input-size", str(size)))
        except RuntimeError as error:
            found.append({"columns": columns, "size": size, "failed": str(error)[-300:]})
            say(f"{columns} columns: {str(error)[-300:]}")
            continue
        method = method_of(scratch / "pomona")
        found.append({"columns": columns, "size": size, "images": count, "method": method, **run})
        fit = run["stage_seconds"]["fit"]
        say(f"{columns} columns: fit {fit:.1f} s ({method}), {run['peak_bytes'] / 1e6:.0f} MB")
    shutil.rmtree(folder)
    return found
