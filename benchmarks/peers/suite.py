# SPDX-License-Identifier: Apache-2.0
"""Pomona beside its peers, on this machine.

    scripts/bench.sh peers            everything but 100,000 images: what RESULTS.md shows; 6 GB
                                      of memory for 25,088 columns
    scripts/bench.sh peers --quick    a look that writes nothing; 19 minutes were seen on a
                                      machine that was busy with other work
    scripts/bench.sh peers --full     also the growth to 100,000 images
    scripts/bench.sh peers --parts extraction latency

Parts: guard (the ratio that tests/e2e/test_speed.py guards), extraction (rows of pictures that are
decoded already: images a second), latency (one picture at a time on all cores), pipelines (whole
jobs), notebook (the one that Pomona replaces; it manages few images a second, so it gets fewer),
images and columns (how time and memory grow). Programs take turns and each turn gives one ratio.
POMONA_SHARED names the folder with Fruits-360.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import extraction
import pipelines
import programs

sys.path.append(str(programs.HERE.parent / "job"))

import guard
import measure
import pictures
import report
import run as job

ROOT = programs.ROOT
CACHE = ROOT / ".cache" / "bench"
PARTS = ["guard", "extraction", "latency", "pipelines", "notebook", "images", "columns"]
SAMPLE = 256  # pictures that the libraries get, over and over
VERSIONED = [
    *["openvino", "onnxruntime", "tensorflow-cpu", "keras", "ncnn", "mnn", "pyspark", "daft"],
    *["scikit-learn", "numpy", "pyarrow", "pillow"],
]


def say(line: str) -> None:
    print(f"bench: {line}", flush=True)


def versions() -> dict[str, str]:
    code = "import importlib.metadata as m, sys; print(*(m.version(n) for n in sys.argv[1:]))"
    command = [str(programs.BENCH_PYTHON), "-c", code, *VERSIONED]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    described = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()
    return {"pomona": described, **dict(zip(VERSIONED, found, strict=True))}


def prepare(scratch: Path) -> tuple[Path, Path]:
    """The peers' models, which are kept, and the pictures that they all read."""
    script = [str(programs.BENCH_PYTHON), str(programs.HERE / "prepare.py")]
    models = CACHE / "models"
    measure.measure([*script, "models", str(job.weights()), str(models)])
    folder, decoded = scratch / "sample", scratch / "sample.npy"
    pictures.make_tree(folder, SAMPLE)
    measure.measure([*script, "pictures", str(folder), str(decoded)])
    return models, decoded


def measure_part(part: str, args: argparse.Namespace, scratch: Path, files: tuple) -> dict:
    here = measure.machine()
    cores = int(here["cores"])
    taking_part = programs.here(str(here["cpu_class"]).split("-")[-1])
    if args.programs:
        chosen = {*args.programs, "openvino-f32"}  # which rows are compared with
        taking_part = [program for program in taking_part if program.name in chosen]
    if part == "guard":
        place = scratch / "guard"
        place.mkdir()
        return guard.record(job.weights(), place, cores)
    if part == "extraction":
        turns = (args.repetitions, args.seconds)
        return extraction.measure_rates(taking_part, cores, files, scratch, *turns, say)
    if part == "latency":
        return extraction.measure_latency(taking_part, cores, files, args.repetitions, 20, say)
    if part == "pipelines":
        names = ["pomona", "python_script", "daft"]
        turns = (args.images, args.job_repetitions, scratch, files[0], say)
        return pipelines.take_turns(names, *turns)
    if part == "notebook":
        turns = (args.notebook_images, 1, scratch, files[0], say)
        return pipelines.take_turns(["pomona", "notebook"], *turns)
    if part == "images":
        return {"runs": pipelines.growth_with_images(args.growth_images, scratch, say)}
    sizes, count = args.sizes, args.column_images
    return {"runs": pipelines.growth_with_columns(sizes, count, scratch, say)}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small, and nothing is written")
    parser.add_argument("--full", action="store_true", help="also 100,000 images")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    known = [program.name for program in programs.ALL]
    parser.add_argument("--programs", nargs="+", choices=known, help="of extraction and latency")
    parser.add_argument("--repetitions", type=int, help="turns of each library (7; quick: 2)")
    parser.add_argument("--seconds", type=float, help="of a turn (3; quick: 1)")
    parser.add_argument("--images", type=int, help="of pipelines (1,410; quick: 200)")
    parser.add_argument("--job-repetitions", type=int, help="of pipelines (3; quick: 1)")
    parser.add_argument("--notebook-images", type=int, help="(564; quick: 100)")
    parser.add_argument("--growth-images", nargs="+", type=int)
    parser.add_argument("--sizes", nargs="+", type=int, help="pixels, for 512 columns each 32")
    parser.add_argument("--column-images", type=int, help="(600; quick: 100)")
    parser.add_argument("--save", action="store_true", help="write the results whatever else")
    args = parser.parse_args()
    defaults: dict = {
        "repetitions": (7, 2),
        "seconds": (3.0, 1.0),
        "images": (1410, 200),
        "job_repetitions": (3, 1),
        "notebook_images": (564, 100),
        "growth_images": ([100, 1_000, 10_000], [100, 400]),
        "sizes": ([32, 64, 100, 160, 224], [32, 64, 100]),
        "column_images": (600, 100),
    }
    if args.full:
        defaults["growth_images"] = ([100, 1_000, 10_000, 100_000], [])
    for name, values in defaults.items():
        if getattr(args, name) is None:
            setattr(args, name, values[args.quick])
    return args


def save(result: dict) -> None:
    """Into this kind of machine's file; parts that were not measured now stay as they were."""
    here = result["machine"]
    target = job.RESULTS / f"peers-{here['cpu_class']}-{here['cores']}-cores.json"
    older = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    job.RESULTS.mkdir(exist_ok=True)
    text = json.dumps({**older, **result}, indent=1, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")
    report.render(job.RESULTS)
    say(f"wrote {target.relative_to(ROOT)}, its chart and benchmarks/RESULTS.md")


def main() -> None:
    args = parse_arguments()
    for needed in (job.POMONA, programs.BENCH_PYTHON):
        if not needed.exists():
            sys.exit(f"bench: {needed} is missing: run `make bench`, or `scripts/setup.sh --bench`")
    stamp = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "load_before": float(Path("/proc/loadavg").read_text(encoding="utf-8").split()[0]),
        "versions": versions(),
    }
    result: dict = {"schema": 1, "machine": measure.machine()}
    with tempfile.TemporaryDirectory(prefix="pomona-bench-") as name:
        scratch = Path(name)
        files = prepare(scratch)
        for part in args.parts:
            measured = measure_part(part, args, scratch, files)
            result[part] = {**stamp, "measured": measured}
            if args.save or not args.quick:
                save(result)  # at once: a later part may fail
    print(report.peers_tables.section(result))


if __name__ == "__main__":
    main()
