# SPDX-License-Identifier: Apache-2.0
"""What scaling out costs: workers, Spark beside the local engine, planning, merging.

    benchmarks/scale/run.py [--data FOLDER] [--images 2000] [--repetitions 3] [--parts ...] [--save]

A real standalone master with workers of one core each, bound to a core of their own. Variants take
turns (A B C A B C ...) and medians are compared, since machines are noisy; the load before the
measurement stands in the result. Build first: build/dev, or POMONA names the program.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "benchmarks" / "job"), str(ROOT / "tests" / "spark")]

import pictures  # noqa: E402
from measure import machine, measure  # noqa: E402
from standalone import ENV, Standalone  # noqa: E402

POMONA = os.environ.get("POMONA", str(ROOT / "build" / "dev" / "bin" / "pomona"))
RESULTS = ROOT / "benchmarks" / "results"
PARTS = ["workers", "plan", "merge"]


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def stages(out: Path) -> dict:
    """Seconds of each stage of the last run."""
    runs = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["runs"]
    return runs[-1]["seconds"]


def local(folder: Path, out: Path, cores: int, args: list[str]) -> dict:
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))[:cores]))
    command = ["taskset", "-c", cpus, POMONA, "run", str(folder), "--out", str(out), *args]
    measured = measure([*command, "--threads", str(cores), "--quiet"])
    return {"seconds": measured.seconds, "stages": stages(out)}


def on_spark(folder: Path, out: Path, cluster: Standalone, args: list[str]) -> dict:
    command = [POMONA, "run", str(folder), "--out", str(out), *args, "--quiet"]
    command += ["--engine", "spark", "--master", cluster.url]
    os.environ.update(ENV)
    measured = measure(command)
    return {"seconds": measured.seconds, "stages": stages(out)}


def measure_workers(scratch: Path, folder: Path, repetitions: int, args: list[str]) -> dict:
    """The local engine and Spark, on one core and on two."""
    cpus = sorted(os.sched_getaffinity(0))
    clusters = {}
    runs: dict[str, list[dict]] = {}
    try:
        for count in (1, 2):
            place = scratch / f"cluster-{count}"
            place.mkdir()
            clusters[count] = Standalone(place)
            for i in range(count):
                wrap = ["taskset", "-c", str(cpus[i % len(cpus)])]
                clusters[count].add_worker(f"127.0.0.{i + 1}", wrap=wrap)
        for _ in range(repetitions):
            for count, cluster in clusters.items():
                for name in ("local", "spark"):
                    out = scratch / "out"
                    shutil.rmtree(out, ignore_errors=True)
                    if name == "local":
                        run = local(folder, out, count, args)
                    else:
                        run = on_spark(folder, out, cluster, args)
                    runs.setdefault(f"{name}-{count}", []).append(run)
                    say(f"{name} {count}: {run['seconds']:.1f} s, {run['stages']['extract']:.1f}")
    finally:
        for cluster in clusters.values():
            cluster.stop()
    return {"runs": runs, **summarise(runs)}


def summarise(runs: dict[str, list[dict]]) -> dict:
    extract = {
        name: statistics.median(run["stages"]["extract"] for run in found)
        for name, found in runs.items()
    }
    whole = {
        name: statistics.median(run["seconds"] for run in found) for name, found in runs.items()
    }
    return {
        "extract_seconds": extract,
        "seconds": whole,
        "speedup": extract["spark-1"] / extract["spark-2"],
        "efficiency": extract["spark-1"] / extract["spark-2"] / 2,
        "overhead_extract": extract["spark-2"] / extract["local-2"] - 1,
        "overhead_whole": whole["spark-2"] / whole["local-2"] - 1,
    }


def measure_plan(scratch: Path, counts: list[int]) -> dict:
    """Peak memory and time of --dry-run on sorted lists of names."""
    found = {}
    for count in counts:
        names = scratch / f"names-{count}.txt"
        with names.open("w", encoding="utf-8") as out:
            out.writelines(f"variety {i // 1000:05d}/photo_{i:09d}.jpg\n" for i in range(count))
        run = measure([POMONA, "run", str(names), "--out", str(scratch / "plan"), "--dry-run"])
        names.unlink()
        found[str(count)] = {"peak_bytes": run.peak_bytes, "seconds": run.seconds}
        say(f"plan of {count}: {run.peak_bytes / 1e6:.0f} MB, {run.seconds:.1f} s")
    return found


def measure_merge(scratch: Path, folder: Path) -> dict:
    """The fit on 1 block and on several of the same images: what a block more costs."""
    found = {}
    for block_shards in (16, 1):
        out = scratch / "merge"
        shutil.rmtree(out, ignore_errors=True)
        # A block's state is whole from 513 rows on.
        args = ["--shard-size", "520", "--block-shards", str(block_shards), "--components", "64"]
        measure([POMONA, "run", str(folder), "--out", str(out), *args, "--quiet"])
        files = list((out / "moments").iterdir())
        fit = []
        for _ in range(3):
            (out / "manifest.json").unlink()
            shutil.rmtree(out / "reducer")
            shutil.rmtree(out / "reduced")
            measure([POMONA, "run", str(folder), "--out", str(out), *args, "--quiet"])
            fit.append(stages(out)["fit"])
        found[str(len(files))] = {
            "fit_seconds": fit,
            "bytes": sum(file.stat().st_size for file in files),
        }
        say(f"fit of {len(files)} blocks: {statistics.median(fit):.2f} s")
    return found


def table(result: dict) -> str:
    """The result in Markdown."""
    here = result["machine"]
    text = f"# Scaling out\n\n{here['cpu_name']}, {here['cores']} cores, {result['date']}, "
    text += f"Pomona {result['pomona']}; load before: {result['load_before']}. "
    text += "Medians of runs that took turns; the machine was shared and noisy.\n"
    if "workers" in result:
        part = result["workers"]
        text += f"\n{part['images']:,} {part['source']}, {part['precision']}, "
        text += f"{len(part['runs']['local-1'])} repetitions.\n\n"
        text += "| engine | cores | extract | whole run |\n|---|---|---|---|\n"
        for name, seconds in part["extract_seconds"].items():
            engine, cores = name.split("-")
            text += f"| {engine} | {cores} | {seconds:.1f} s | {part['seconds'][name]:.1f} s |\n"
        extract = part["extract_seconds"]
        alone = extract["local-1"] / extract["local-2"]
        text += f"\nTwo workers: {part['speedup']:.2f}x one (wanted: 1.8), where the local "
        text += f"engine's two cores are {alone:.2f}x one. "
        text += f"Spark over local on two cores: {part['overhead_extract']:+.0%} in the extract "
        text += f"stage (wanted: below 15 %), {part['overhead_whole']:+.0%} of the whole run.\n"
    if "plan" in result:
        text += "\n| names planned | peak memory | time |\n|---|---|---|\n"
        for count, run in result["plan"].items():
            text += f"| {int(count):,} | {run['peak_bytes'] / 1e6:.0f} MB "
            text += f"| {run['seconds']:.1f} s |\n"
    if "merge" in result:
        text += "\n| blocks | their states | merge and fit |\n|---|---|---|\n"
        for count, run in result["merge"].items():
            fit = statistics.median(run["fit_seconds"])
            text += f"| {count} | {run['bytes'] / 1e6:.0f} MB | {fit:.2f} s |\n"
    return text


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of .jpg (Fruits-360, else examples)")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--names", nargs="+", type=int, default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--save", action="store_true", help="write benchmarks/results and SCALE.md")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    if args.data:
        pictures.TRAINING = args.data
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    described = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()
    result: dict = {
        "schema": 1,
        "machine": machine(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "pomona": described,
        "load_before": os.getloadavg()[0],
    }
    with tempfile.TemporaryDirectory(prefix="pomona-scale-") as name:
        scratch = Path(name)
        folder = scratch / "pictures"
        if args.parts != ["plan"]:
            pictures.make_tree(folder, args.images)
        if "plan" in args.parts:
            result["plan"] = measure_plan(scratch, args.names)
        if "merge" in args.parts:
            result["merge"] = measure_merge(scratch, folder)
        if "workers" in args.parts:
            # As many shards as keep two workers busy to the end.
            job = ["--shard-size", "125", "--precision", args.precision]
            part = measure_workers(scratch, folder, args.repetitions, job)
            about = {"images": args.images, "source": pictures.source()[1]}
            result["workers"] = {**about, "precision": args.precision, **part}
    print(table(result))
    if args.save:
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(result, indent=1, sort_keys=True) + "\n"
        here = result["machine"]
        target = RESULTS / f"scale-{here['cpu_class']}-{here['cores']}-cores.json"
        target.write_text(text, encoding="utf-8")
        (ROOT / "benchmarks" / "SCALE.md").write_text(table(result), encoding="utf-8")
        say(f"wrote {target.relative_to(ROOT)} and benchmarks/SCALE.md")


if __name__ == "__main__":
    main()
