# SPDX-License-Identifier: Apache-2.0
"""Is Pomona as fast beside OpenVINO as it was when that was recorded for this kind of processor?

Uses what the tests have: .venv, and the pictures of examples/fruits. A ratio of two programs that
take turns, because a machine's own speed changes from day to day.
"""

import contextlib
import json
import os
import statistics
import time
from pathlib import Path

import programs
from measure import measure

KEPT = 0.8  # of the recorded ratio
ROUNDS, TURNS, SECONDS = 4, 3, 0.7
LIMIT = 30.0  # seconds after which no other round begins
SAMPLE = 64


def prepare(weights: Path, scratch: Path) -> tuple[Path, Path]:
    """OpenVINO's model and the decoded pictures."""
    script = [str(programs.POMONA_PYTHON), str(programs.HERE / "prepare.py")]
    folder = scratch / "sample"
    folder.mkdir()
    for file in sorted((programs.ROOT / "examples" / "fruits").rglob("*.jpg"))[:SAMPLE]:
        (folder / f"{file.parent.name}-{file.name}").symlink_to(file)
    measure([*script, "pictures", str(folder), str(scratch / "sample.npy")])
    measure([*script, "onnx", str(weights), str(scratch)])
    return scratch, scratch / "sample.npy"


def median_ratios(ours: programs.Worker, its: programs.Worker) -> dict[str, float]:
    """How many times as fast Pomona is, by the clock and by processor time."""
    clock, core = [], []
    for _ in range(TURNS):
        mine, other = (worker.ask(do="rate", seconds=SECONDS) for worker in (ours, its))
        per_image = [
            {key: run[key] / run["images"] for key in ("seconds", "core_seconds")}
            for run in (mine, other)
        ]
        clock.append(per_image[1]["seconds"] / per_image[0]["seconds"])
        core.append(per_image[1]["core_seconds"] / per_image[0]["core_seconds"])
    return {"clock": statistics.median(clock), "core": statistics.median(core)}


def holds(found: dict[str, float], recorded: dict[str, float], cores: int) -> bool:
    """By the clock; on a machine that is busy with other work by processor time too."""
    if found["clock"] >= KEPT * recorded["clock"]:
        return True
    return os.getloadavg()[0] > cores and found["core"] >= KEPT * recorded["core"]


def measure_rounds(weights: Path, scratch: Path, cores: int, recorded: dict | None) -> list[dict]:
    """Ratios of each round; with `recorded` up to the first round that holds."""
    files = prepare(weights, scratch)
    found: list[dict] = []
    setting = {"batch": 16, "callers": 1, "threads": cores, "precision": "f32"}
    begin = time.perf_counter()
    with contextlib.ExitStack() as stack:
        ours, its = (
            stack.enter_context(
                programs.Worker(program, setting, *files, python=programs.POMONA_PYTHON)
            )
            for program in programs.ALL
            if program.name in ("pomona-f32", "openvino-f32")
        )
        while len(found) < ROUNDS:
            if recorded and found and time.perf_counter() - begin > LIMIT:
                break
            found.append(median_ratios(ours, its))
            if recorded and holds(found[-1], recorded, cores):
                break
    return found


def recorded_here(results: Path, here: dict) -> dict | None:
    """The medians that were recorded for this kind of processor, or None."""
    file = results / f"peers-{here['cpu_class']}-{here['cores']}-cores.json"
    if not file.exists():
        return None
    part = json.loads(file.read_text(encoding="utf-8")).get("guard")
    return part["measured"] if part else None


def record(weights: Path, scratch: Path, cores: int) -> dict[str, float]:
    rounds = measure_rounds(weights, scratch, cores, None)
    return {kind: statistics.median(one[kind] for one in rounds) for kind in ("clock", "core")}
