# SPDX-License-Identifier: Apache-2.0
"""Measure the job against its peers on this machine.

    scripts/bench.sh            one repetition on a third of the images, about ten minutes: a table
    scripts/bench.sh --full     three repetitions on all, and the growth of memory; an hour or two:
                                benchmarks/results/*.json and the tables of benchmarks/RESULTS.md

The programs take turns (A B C A B C ...), so that a slow spell of the machine meets all of them,
and each repetition gives one ratio. Goals: issue "The main job on one machine", section 7.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pictures
import report
from measure import Measured, machine, measure, precisions

ROOT = pictures.ROOT
HERE = Path(__file__).resolve().parent
RESULTS = ROOT / "benchmarks" / "results"
PYTHON = ROOT / ".venv" / "bin" / "python"
POMONA = Path(os.environ.get("POMONA", ROOT / "build" / "release" / "bin" / "pomona"))
PROGRAMS = ["bare_openvino", "python_script", "pomona"]
PARTS = ["job", "memory", "start"]
VERSIONED = ["pyarrow", "openvino", "scikit-learn", "pillow", "numpy"]


def weights() -> Path:
    """The weights of the peers: those in the repository, or the Keras file that they came from."""
    built_in = ROOT / "assets" / "weights" / "vgg16-imagenet.safetensors"
    if built_in.exists():
        return built_in
    (keras,) = (pictures.SHARED / "data" / "weights").glob("vgg16*notop.h5")
    return keras


def last_json(measured: Measured) -> dict:
    return json.loads(measured.lines[-1][1])


def bare_openvino(folder: Path, precision: str, extra: list[str]) -> dict:
    script = [str(PYTHON), str(HERE / "bare_openvino.py"), str(folder)]
    command = [*script, "--weights", str(weights()), "--precision", precision, *extra]
    return last_json(measure(command))


def python_script(folder: Path, precision: str, scratch: Path) -> dict:
    script = [
        str(PYTHON),
        str(HERE / "python_script.py"),
        str(folder),
        str(scratch / "out.parquet"),
    ]
    measured = measure([*script, "--weights", str(weights()), "--precision", precision])
    return {**last_json(measured), "seconds": measured.seconds, "peak_bytes": measured.peak_bytes}


def after_last_image(measured: Measured) -> float:
    """Seconds from the last batch that went through the network to the end of the program."""
    batches = [at for at, line in measured.lines if '"event":"extract_progress"' in line]
    return measured.seconds - batches[-1]


def pomona(folder: Path, precision: str, scratch: Path, extra: tuple[str, ...] = ()) -> dict:
    out = scratch / "pomona"
    shutil.rmtree(out, ignore_errors=True)
    command = [str(POMONA), "run", str(folder), "--out", str(out), "--components", "64"]
    measured = measure([*command, "--precision", precision, "--json", *extra])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    return {
        "engine": " ".join(plan["libraries"]["engine"].split("-")[0].split()),
        "seconds": measured.seconds,
        "peak_bytes": measured.peak_bytes,
        "after_last_image": after_last_image(measured),
        "stage_seconds": manifest["runs"][-1]["seconds"],
    }


def measure_job(scratch: Path, count: int, repetitions: int, programs: list[str]) -> dict:
    folder = scratch / "pictures"
    pictures.make_tree(folder, count)
    job: dict = {"images": count, "source": pictures.source()[1], "programs": {}}
    for precision in precisions():
        best = bare_openvino(folder, precision, ["--sweep-only"])
        setting = ["--streams", str(best["streams"]), "--batch", str(best["batch"])]
        runs: dict[str, list[dict]] = {program: [] for program in programs}
        for _ in range(repetitions):
            for program in programs:
                if program == "bare_openvino":
                    run = bare_openvino(folder, precision, setting)
                elif program == "python_script":
                    run = python_script(folder, precision, scratch)
                else:
                    run = pomona(folder, precision, scratch)
                run.setdefault("images_per_second", count / run.get("seconds", 1))
                runs[program].append(run)
                say(f"{precision} {program}: {run['images_per_second']:.1f} images/s")
        job["programs"][precision] = runs
    return job


def measure_memory(scratch: Path, counts: list[int]) -> dict:
    """Peak memory of whole runs on more and more images, with automatic settings."""
    peaks = {}
    for count in counts:
        folder = scratch / f"pictures-{count}"
        pictures.make_tree(folder, count)
        peaks[str(count)] = pomona(folder, "auto", scratch)["peak_bytes"]
        shutil.rmtree(folder)
        say(f"peak memory of {count} images: {peaks[str(count)] / 1e6:.0f} MB")
    return {"precision": "auto", "peak_bytes": peaks}


def measure_start(scratch: Path) -> dict:
    """The program's start, and `make run` where everything is built."""
    help_runs = [measure([str(POMONA), "--help"]).seconds for _ in range(20)]
    measure(["make", "run"], cwd=ROOT)
    make_runs = [measure(["make", "run"], cwd=ROOT).seconds for _ in range(3)]
    return {"help_seconds": help_runs, "make_run_seconds": make_runs}


def versions() -> dict[str, str]:
    code = "import importlib.metadata as m, sys; print(*(m.version(n) for n in sys.argv[1:]))"
    command = [str(PYTHON), "-c", code, *VERSIONED]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    described = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()
    return {"pomona": described, **dict(zip(VERSIONED, found, strict=True))}


def say(line: str) -> None:
    print(f"bench: {line}", flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="all images, three repetitions, memory")
    parser.add_argument("--images", type=int, help="images of the job (2,820; --full: 8,460)")
    parser.add_argument("--repetitions", type=int, help="(1; --full: 3)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="measure these only")
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--memory-images", nargs="+", type=int, default=[10_000, 40_000])
    parser.add_argument("--save", action="store_true", help="write the results (--full does)")
    parser.add_argument("--render", action="store_true", help="only write RESULTS.md anew")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    if args.render:
        report.render(RESULTS)
        return
    parts = args.parts or (PARTS if args.full else ["job", "start"])
    if not POMONA.exists() and ("pomona" in args.programs or parts != ["job"]):
        sys.exit(f"bench: {POMONA.relative_to(ROOT)} is missing: run `make build` first")
    result: dict = {"schema": 1, "machine": machine()}
    for part, measured in measure_parts(parts, args):
        result[part] = measured
        if args.full or args.save:
            save(result)  # at once: a later part may fail
    print(report.section(result))


def measure_parts(parts: list[str], args: argparse.Namespace) -> Iterator[tuple[str, dict]]:
    load = float(Path("/proc/loadavg").read_text(encoding="utf-8").split()[0])
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    stamp = {"date": today, "load_before": load, "versions": versions()}
    with tempfile.TemporaryDirectory(prefix="pomona-bench-") as name:
        scratch = Path(name)
        if "job" in parts:
            count = args.images or (8460 if args.full else 2820)
            repetitions = args.repetitions or (3 if args.full else 1)
            job = measure_job(scratch, count, repetitions, args.programs)
            yield "job", {**stamp, "repetitions": repetitions, **job}
        if "memory" in parts:
            yield "memory", {**stamp, **measure_memory(scratch, args.memory_images)}
        if "start" in parts:
            yield "start", {**stamp, **measure_start(scratch)}


def save(result: dict) -> None:
    """Into this kind of machine's file; parts that were not measured now stay as they were."""
    here = result["machine"]
    target = RESULTS / f"job-{here['cpu_class']}-{here['cores']}-cores.json"
    older = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({**older, **result}, indent=1, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")
    report.render(RESULTS)
    say(f"wrote {target.relative_to(ROOT)} and benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
