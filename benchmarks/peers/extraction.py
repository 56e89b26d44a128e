# SPDX-License-Identifier: Apache-2.0
"""Rows a second and seconds a picture of every library, in turns, each with its best settings."""

import contextlib
import json
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

from programs import BENCH_PYTHON, HERE, Program, Setting, Worker

CHECKED = 16  # pictures whose rows are compared
# Of the worst row, as docs/numerics.md has it: more is another network, not another rounding.
LIMITS = {"f32": 1e-3, "bf16": 5e-2}  # MNN's Winograd: 2e-4

Say = Callable[[str], None]


def rate_of(worker: Worker, seconds: float) -> tuple[float, float]:
    """Images a second, and processor milliseconds an image."""
    run = worker.ask(do="rate", seconds=seconds)
    return run["images"] / run["seconds"], 1000 * run["core_seconds"] / run["images"]


def sweep(program: Program, cores: int, files: tuple[Path, Path], seconds: float) -> dict:
    """The fastest setting, and the rate of every one that was tried."""
    tried = []
    for setting in program.settings(cores):
        with Worker(program, setting, *files) as worker:
            tried.append({"setting": setting, "images_per_second": rate_of(worker, seconds)[0]})
    best = max(tried, key=lambda one: one["images_per_second"])
    return {"setting": best["setting"], "tried": tried}


def words(setting: Setting) -> str:
    return f"batch {setting['batch']}, {setting['callers']} x {setting['threads']} threads"


def row_errors(rows: dict[str, Path]) -> dict[str, float]:
    """Of each file's worst row against OpenVINO's in f32."""
    command = [str(BENCH_PYTHON), str(HERE / "compare.py"), str(rows["openvino-f32"])]
    files = [str(file) for file in rows.values()]
    done = subprocess.run([*command, *files], check=True, capture_output=True, text=True)
    return dict(zip(rows, json.loads(done.stdout), strict=True))


def check_rows(workers: dict[str, Worker], programs: list[Program], scratch: Path) -> dict:
    """RuntimeError where somebody computes something else."""
    files = {}
    for name, worker in workers.items():
        files[name] = scratch / f"rows-{name}.npy"
        worker.ask(do="rows", count=CHECKED, out=str(files[name]))
    errors = row_errors(files)
    for program in programs:
        if not errors[program.name] < LIMITS[program.precision]:
            raise RuntimeError(
                f"{program.name}: its rows differ from OpenVINO's by {errors[program.name]:.2g} "
                f"(limit {LIMITS[program.precision]:g}): it computes something else"
            )
    return errors


def measure_rates(
    programs: list[Program],
    cores: int,
    files: tuple[Path, Path],
    scratch: Path,
    repetitions: int,
    seconds: float,
    say: Say,
) -> dict:
    swept = {}
    for program in programs:
        swept[program.name] = sweep(program, cores, files, seconds / 2)
        say(f"{program.title}: {words(swept[program.name]['setting'])}")
    runs: dict[str, list[float]] = {program.name: [] for program in programs}
    core: dict[str, list[float]] = {program.name: [] for program in programs}
    with contextlib.ExitStack() as stack:
        workers = {
            program.name: stack.enter_context(
                Worker(program, swept[program.name]["setting"], *files)
            )
            for program in programs
        }
        errors = check_rows(workers, programs, scratch)
        for _ in range(repetitions):
            for name, worker in workers.items():
                rate, milliseconds = rate_of(worker, seconds)
                runs[name].append(rate)
                core[name].append(milliseconds)
    for program in programs:
        median = statistics.median(runs[program.name])
        say(f"{program.title}: {median:.1f} images/s, rows {errors[program.name]:.1e}")
    return {
        program.name: {
            "title": program.title,
            "precision": program.precision,
            "cap": program.cap,
            "row_error": errors[program.name],
            "images_per_second": runs[program.name],
            "core_ms_per_image": core[program.name],
            **swept[program.name],
        }
        for program in programs
    }


def measure_latency(
    programs: list[Program],
    cores: int,
    files: tuple[Path, Path],
    repetitions: int,
    count: int,
    say: Say,
) -> dict:
    """One picture at a time on all cores: the median of each turn."""
    turns: dict[str, list[float]] = {program.name: [] for program in programs}
    with contextlib.ExitStack() as stack:
        workers = {
            program.name: stack.enter_context(Worker(program, program.single(cores), *files))
            for program in programs
        }
        for _ in range(repetitions):
            for name, worker in workers.items():
                times = worker.ask(do="latency", count=count)["seconds"]
                turns[name].append(statistics.median(times))
    for program in programs:
        median = statistics.median(turns[program.name])
        say(f"{program.title}: {1000 * median:.1f} ms an image")
    return {
        program.name: {"title": program.title, "seconds": turns[program.name]}
        for program in programs
    }
