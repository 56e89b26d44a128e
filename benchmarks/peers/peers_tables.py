# SPDX-License-Identifier: Apache-2.0
"""The peers' part of benchmarks/RESULTS.md from the files benchmarks/results/peers-*.json."""

import statistics
from collections.abc import Iterator

OURS = "pomona-f32"
OPENVINO = "openvino-f32"
TITLES = {
    "extraction": "Rows of decoded pictures",
    "latency": "One picture at a time, all cores",
    "pipelines": "Whole jobs in f32, from a folder of JPEG to a reduced table",
    "notebook": "The replaced notebook",
    "images": "Growth with images",
    "columns": "Growth with columns",
}
Table = list[tuple[str, ...]]  # the first is the heading


def spread(values: list[float], form: str, unit: str = "") -> str:
    """The median, and the range where there is more than one."""
    median = format(statistics.median(values), form) + unit
    if len(values) == 1:
        return median
    return f"{median} ({min(values):{form}} to {max(values):{form}})"


def times(values: list[float]) -> str:
    return spread(values, ".2f", "x")


def ratios(above: list[float], below: list[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]


def verdict(title: str, values: list[float], goal: float) -> tuple[str, ...]:
    met = "met" if statistics.median(values) >= goal else "**missed**"
    return title, times(values), f"at least {goal:g}x", met


def rates(measured: dict, name: str) -> list[float]:
    return measured[name]["images_per_second"]


def is_peer(name: str) -> bool:
    return not name.startswith("pomona")


def best_peer(measured: dict, precision: str) -> str | None:
    """The fastest library that may use all of the processor."""
    peers = [
        name
        for name, run in measured.items()
        if is_peer(name) and run["precision"] == precision and not run["cap"]
    ]
    return max(peers, key=lambda name: statistics.median(rates(measured, name)), default=None)


def setting_words(setting: dict) -> str:
    return f"batch {setting['batch']}, {setting['callers']} x {setting['threads']} threads"


def extraction(measured: dict) -> Table:
    ours = rates(measured, OURS) if OURS in measured else None
    table: Table = [
        ("library", "images/s", "core-ms an image", "Pomona f32 is", "settings", "rows differ by")
    ]
    for name in sorted(measured, key=lambda n: -statistics.median(rates(measured, n))):
        run = measured[name]
        compared = times(ratios(ours, rates(measured, name))) if ours and name != OURS else ""
        core, error = (
            f"{statistics.median(run['core_ms_per_image']):.1f}",
            f"{run['row_error']:.1e}",
        )
        speed = spread(rates(measured, name), ".1f")
        table.append((run["title"], speed, core, compared, setting_words(run["setting"]), error))
    return table


def extraction_goals(measured: dict, isa: str) -> Iterator[tuple[str, ...]]:
    best = best_peer(measured, "f32")
    if best is None or OURS not in measured:
        return
    ours, title = rates(measured, OURS), measured[best]["title"]
    wide = isa.startswith(("avx512", "amx"))
    against_best = ratios(ours, rates(measured, best))
    yield verdict(f"f32: Pomona / the best library ({title})", against_best, 2.0 if wide else 1.3)
    yield verdict("f32: Pomona / OpenVINO", ratios(ours, rates(measured, OPENVINO)), 2.5)
    capped = f"{OURS}-avx2"
    if capped in measured:
        ours = rates(measured, capped)
        to_best = ratios(ours, rates(measured, best))
        yield verdict(f"f32: Pomona with AVX2 / {title} with all", to_best, 1.3)
        if f"{OPENVINO}-avx2" in measured:
            capped_ratios = ratios(ours, rates(measured, f"{OPENVINO}-avx2"))
            yield verdict("f32: both with AVX2: Pomona / OpenVINO", capped_ratios, 2.0)
    if "pomona-bf16" in measured and not isa.startswith("amx"):
        found = ratios(rates(measured, "pomona-bf16"), rates(measured, OURS))
        yield verdict("without AMX: Pomona in bf16 / in f32", found, 1.0)
    if "openvino-bf16" in measured:
        mine = [name for name in measured if not is_peer(name) and not measured[name]["cap"]]
        fastest = max(mine, key=lambda name: statistics.median(rates(measured, name)))
        title = f"at their fastest: {measured[fastest]['title']} / OpenVINO, bf16"
        found = ratios(rates(measured, fastest), rates(measured, "openvino-bf16"))
        yield verdict(title, found, 1.5 if isa.startswith("amx") else 1.0)


def latency(measured: dict) -> Table:
    table: Table = [("library", "ms a picture", "Pomona f32 is")]
    ours = measured.get(OURS, {}).get("seconds")
    for name in sorted(measured, key=lambda n: statistics.median(measured[n]["seconds"])):
        seconds = measured[name]["seconds"]
        compared = times(ratios(seconds, ours)) if ours and name != OURS else ""
        milliseconds = spread([1000 * value for value in seconds], ".1f")
        table.append((measured[name]["title"], milliseconds, compared))
    return table


def latency_goals(measured: dict, _: str) -> Iterator[tuple[str, ...]]:
    if OURS in measured:
        found = ratios(measured[OPENVINO]["seconds"], measured[OURS]["seconds"])
        yield verdict("one picture: Pomona is faster than OpenVINO", found, 1.5)


def column(runs: list[dict], key: str) -> list[float]:
    return [run[key] for run in runs]


def stage_words(runs: list[dict]) -> str:
    stages = {
        name: statistics.median(run["stage_seconds"].get(name, 0) for run in runs)
        for name in runs[0].get("stage_seconds", {})
    }
    told = {name: seconds for name, seconds in stages.items() if seconds >= 0.1 and name != "total"}
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in told.items())


def pipelines(measured: dict) -> Table:
    heading = f"{measured['images']:,} images"
    table: Table = [(heading, "seconds", "images/s", "memory", "Pomona is", "seconds of parts")]
    ours = column(measured["runs"]["pomona"], "seconds")
    for name, runs in measured["runs"].items():
        seconds = column(runs, "seconds")
        compared = times(ratios(seconds, ours)) if name != "pomona" else ""
        known = [run["peak_bytes"] for run in runs if "peak_bytes" in run]
        memory = f"{max(known) / 1e6:,.0f} MB" if known else "not measured"
        speed = f"{measured['images'] / statistics.median(seconds):.1f}"
        title = measured["titles"][name]
        table.append((title, spread(seconds, ".1f"), speed, memory, compared, stage_words(runs)))
    return table


def pipeline_goals(measured: dict, _: str) -> Iterator[tuple[str, ...]]:
    runs = measured["runs"]
    if "notebook" not in runs:
        return
    ours, its = runs["pomona"], runs["notebook"]
    found = ratios(column(its, "seconds"), column(ours, "seconds"))
    title = f"whole job of {measured['images']:,} images: Pomona is faster than the notebook"
    yield verdict(title, found, 10)
    parts = [run["stage_seconds"]["extract"] for run in (*its, *ours)]
    found = ratios(parts[: len(its)], parts[len(its) :])
    yield verdict("its extraction alone, without start and fit", found, 10)


def growth_with_images(measured: dict) -> Table:
    table: Table = [("images", "seconds", "images/s", "memory")]
    for run in measured["runs"]:
        speed = f"{run['images'] / run['seconds']:.1f}"
        memory = f"{run['peak_bytes'] / 1e6:,.0f} MB"
        table.append((f"{run['images']:,}", f"{run['seconds']:.1f}", speed, memory))
    return table


def growth_with_columns(measured: dict) -> Table:
    table: Table = [("columns", "images", "extraction, s", "fit, s", "method", "memory")]
    for run in measured["runs"]:
        if "failed" in run:
            words = run["failed"].strip().splitlines()[-1].replace("|", "/")
            table.append((f"{run['columns']:,}", "", "", "", f"refused: {words}", ""))
            continue
        stages = run["stage_seconds"]
        parts = (f"{stages['extract']:.1f}", f"{stages['fit']:.2f}", run["method"])
        memory = f"{run['peak_bytes'] / 1e6:,.0f} MB"
        table.append((f"{run['columns']:,}", f"{run['images']:,}", *parts, memory))
    return table


def none(_: dict, __: str) -> Iterator[tuple[str, ...]]:
    return iter(())


# Tables and goals of each part, in the page's order.
PARTS = {
    "extraction": (extraction, extraction_goals),
    "latency": (latency, latency_goals),
    "pipelines": (pipelines, pipeline_goals),
    "notebook": (pipelines, pipeline_goals),
    "images": (growth_with_images, none),
    "columns": (growth_with_columns, none),
}


def markdown(table: Table) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in table]
    return ["", lines[0], "|" + "---|" * len(table[0]), *lines[1:]]


def stamp(part: dict) -> str:
    text = f"{part['date']}, Pomona {part['versions']['pomona']}"
    if part["load_before"] > 0.5:
        text += f"; the machine was busy with other work (load {part['load_before']:.1f}): rough"
    return text


def chart_name(result: dict) -> str:
    here = result["machine"]
    return f"peers-{here['cpu_class']}-{here['cores']}-cores.svg"


def section(result: dict) -> str:
    """One machine's tables."""
    here = result["machine"]
    isa = str(here["cpu_class"]).split("-")[-1]
    lines = [f"### {here['cpu_class']}, {here['cores']} cores", ""]
    lines.append(f"{here['cpu_name']} ({isa}), {here['memory_gb']} GB, {here['system']}.")
    parts = {name: result[name] for name in PARTS if name in result}
    versions = next(iter(parts.values()))["versions"] if parts else {}
    told = (f"{name} {version}" for name, version in sorted(versions.items()) if name != "pomona")
    lines.append(f"Versions: {', '.join(told)}.")
    goals: Table = [("goal", "measured", "wanted", "")]
    for name, part in parts.items():
        goals += PARTS[name][1](part["measured"], isa)
    lines += markdown(goals) if len(goals) > 1 else []
    if "extraction" in parts:
        lines += ["", f"![Images a second of each library](results/{chart_name(result)})"]
    for name, part in parts.items():
        lines += ["", f"**{TITLES[name]}** ({stamp(part)})"]
        lines += markdown(PARTS[name][0](part["measured"]))
    return "\n".join(lines)
