# SPDX-License-Identifier: Apache-2.0
"""Tables and charts of benchmarks/RESULTS.md from the files of benchmarks/results."""

import json
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))

import chart
import peers_tables

BEGIN = "<!-- job: begin (written by scripts/bench.sh --full; do not edit) -->"
END = "<!-- job: end -->"
PEERS_BEGIN = "<!-- peers: begin (written by scripts/bench.sh peers; do not edit) -->"
PEERS_END = "<!-- peers: end -->"
NAMES = {
    "bare_openvino": "bare OpenVINO loop over decoded pictures",
    "python_script": "Python script, whole job",
    "pomona": "Pomona, whole job",
}
Row = tuple[str, str, str, str]  # figure, measured, goal, verdict


def spread(values: list[float], unit: Callable[[float], str]) -> str:
    """The median, and the range where there is more than one."""
    median = unit(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({unit(min(values))} to {unit(max(values))})"


def rate(value: float) -> str:
    return f"{value:.1f} images/s"


def ratio(value: float) -> str:
    return f"{value:.3f}"


def seconds(value: float) -> str:
    return f"{value:.2f} s"


def milliseconds(value: float) -> str:
    return f"{value * 1000:.0f} ms"


def megabytes(value: float) -> str:
    return f"{value / 1e6:,.0f} MB"


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def at_least(goal: float, values: list[float]) -> tuple[str, str]:
    return f"at least {goal:g}", verdict(statistics.median(values) >= goal)


def under(goal: float, values: list[float], unit: Callable[[float], str]) -> tuple[str, str]:
    return f"under {unit(goal)}", verdict(statistics.median(values) < goal)


def column(runs: list[dict], key: str) -> list[float]:
    return [run[key] for run in runs if key in run]


def ratios(runs: dict[str, list[dict]], peer: str) -> list[float]:
    pairs = zip(runs.get("pomona", []), runs.get(peer, []), strict=False)
    return [ours["images_per_second"] / its["images_per_second"] for ours, its in pairs]


def ratio_rows(precision: str, runs: dict[str, list[dict]], amx: bool) -> Iterator[Row]:
    to_bare, to_script = ratios(runs, "bare_openvino"), ratios(runs, "python_script")
    if to_bare:
        goal, met = at_least(0.95 if precision == "f32" else 0.90, to_bare)
        if precision == "bf16" and not amx:
            goal, met = "0.9 where there is AMX", ""
        yield f"{precision}: Pomona / bare loop", spread(to_bare, ratio), goal, met
    if to_script:
        goal, met = at_least(1.2, to_script)
        if precision == "bf16" and not amx:
            goal, met = "1.2 where there is AMX", ""
        yield f"{precision}: Pomona / Python script", spread(to_script, ratio), goal, met


def fastest_rows(programs: dict[str, dict[str, list[dict]]]) -> Iterator[Row]:
    """Each program at the precision that is its fastest: what `auto` is for."""
    best = {}
    for program in ("pomona", "python_script"):
        rates = {
            p: column(runs.get(program, []), "images_per_second") for p, runs in programs.items()
        }
        rates = {p: values for p, values in rates.items() if values}
        if not rates:
            return
        precision = max(rates, key=lambda p: statistics.median(rates[p]))
        best[program] = precision, rates[precision]
    (ours, our_rates), (its, its_rates) = best["pomona"], best["python_script"]
    values = [a / b for a, b in zip(our_rates, its_rates, strict=False)]
    title = f"at their fastest: Pomona ({ours}) / Python script ({its})"
    yield title, spread(values, ratio), *at_least(1.2, values)


def job_rows(job: dict, amx: bool) -> Iterator[Row]:
    for precision, runs in job["programs"].items():
        for program, name in NAMES.items():
            rates = column(runs.get(program, []), "images_per_second")
            engines = {run["engine"] for run in runs.get(program, []) if "engine" in run}
            by = f" ({', '.join(sorted(engines))})" if engines else ""
            if rates:
                yield f"{precision}: {name}{by}", spread(rates, rate), "", ""
        yield from ratio_rows(precision, runs, amx)
        for program, name in list(NAMES.items())[1:]:
            ours = program == "pomona"
            after = column(runs.get(program, []), "after_last_image")
            peaks = column(runs.get(program, []), "peak_bytes")
            title = f"{precision}: {name.split(',')[0]}"
            if after:
                goal = under(5, after, seconds) if ours else ("", "")
                yield f"{title}, after the last image", spread(after, seconds), *goal
            if peaks:
                goal = under(1.5e9, peaks, megabytes) if ours else ("", "")
                yield f"{title}, peak memory", spread(peaks, megabytes), *goal
    yield from fastest_rows(job["programs"])


def memory_rows(memory: dict) -> Iterator[Row]:
    peaks = {int(count): peak for count, peak in memory["peak_bytes"].items()}
    for count in sorted(peaks):
        title = f"{memory['precision']}: peak memory of {count:,} images"
        yield title, megabytes(peaks[count]), *under(1.5e9, [peaks[count]], megabytes)
    growth = peaks[max(peaks)] / peaks[min(peaks)] - 1
    yield "its growth", f"{growth:+.1%}", "under 5 %", verdict(growth < 0.05)


def start_rows(start: dict) -> Iterator[Row]:
    runs = start["help_seconds"]
    yield "`pomona --help`", spread(runs, milliseconds), *under(0.05, runs, milliseconds)
    runs = start["make_run_seconds"]
    yield "`make run` again, when built", spread(runs, seconds), *under(10, runs, seconds)


def stamp(part: dict) -> str:
    """When and with what; a machine that was busy is said to have been."""
    text = f"{part['date']}, Pomona {part['versions']['pomona']}"
    others = {name: version for name, version in part["versions"].items() if name != "pomona"}
    text += "; " + ", ".join(f"{name} {version}" for name, version in sorted(others.items()))
    if part["load_before"] > 0.5:
        text += f". The machine was busy with other work (load {part['load_before']:.1f}): rough."
    return text


def section(result: dict) -> str:
    """One machine's tables."""
    here = result["machine"]
    amx = "amx" in here["cpu_class"]
    lines = [
        f"### {here['cpu_class']}, {here['cores']} cores",
        "",
        f"{here['cpu_name']}, {here['memory_gb']} GB, {here['system']}.",
    ]
    for name, make in [
        ("job", lambda part: job_rows(part, amx)),
        ("memory", memory_rows),
        ("start", start_rows),
    ]:
        if name not in result:
            continue
        part = result[name]
        title = {"memory": "Memory", "start": "Start"}.get(name, "")
        if name == "job":
            title = (
                f"{part['images']:,} images ({part['source']}), {part['repetitions']} repetitions"
            )
        lines += ["", f"**{title}** ({stamp(part)})", ""]
        lines += ["| figure | measured | goal | |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in make(part)]
    return "\n".join(lines)


def read(results: Path, kind: str) -> list[dict]:
    files = sorted(results.glob(f"{kind}-*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def replaced(page: str, begin: str, end: str, sections: list[str]) -> str:
    """`page` with `sections` between two of its lines."""
    before, rest = page.split(begin)
    _, after = rest.split(end)
    tables = "\n\n".join(sections) or "Nothing measured yet."
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


def rendered(page: str, results: Path) -> str:
    """`page` with the tables of every file in `results` between the markers."""
    page = replaced(page, BEGIN, END, [section(job) for job in read(results, "job")])
    peers = [peers_tables.section(measured) for measured in read(results, "peers")]
    return replaced(page, PEERS_BEGIN, PEERS_END, peers)


def charts(results: Path) -> dict[str, str]:
    """Names and contents of the charts that belong in `results`."""
    measured = [result for result in read(results, "peers") if "extraction" in result]
    return {peers_tables.chart_name(result): chart.drawn(result) for result in measured}


def render(results: Path) -> None:
    page = results.parent / "RESULTS.md"
    page.write_text(rendered(page.read_text(encoding="utf-8"), results), encoding="utf-8")
    for name, drawing in charts(results).items():
        (results / name).write_text(drawing, encoding="utf-8")
