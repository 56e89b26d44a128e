#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Renders the table behind `--backend auto` and `--precision auto` from what was recorded.

    pomona bench --seconds 20 --record benchmarks/results/engines.json
    pomona bench --seconds 20 --model lite0 --record benchmarks/results/engines.json
    python3 benchmarks/engines.py        writes src/pomona/engine/measured.inc; then build

A choice stands before another where it was faster. What loses exactness has to be clearly
faster. Whether `auto` may take bf16 at all is not decided here: choice.cc says it.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "benchmarks" / "results" / "engines.json"
TABLE = ROOT / "src" / "pomona" / "engine" / "measured.inc"

NETWORKS = {"vgg16": "kStack", "lite0": "kGraph"}
ISAS = {
    "portable": "kPortable",
    "avx2": "kAvx2",
    "avx512": "kAvx512",
    "avx512_bf16": "kAvx512Bf16",
    "amx_bf16": "kAmxBf16",
}
BACKENDS = {"native": "Native", "openvino": "OpenVino"}
PRECISIONS = {"f32": "F32", "bf16": "Bf16"}
CLEARLY = 1.1  # times as fast as f32
CPU_CLASS = re.compile(r"(\w*)-(\d+)-(\d+)-(\w+)")
HEAD = """// SPDX-License-Identifier: Apache-2.0
// Rendered by benchmarks/engines.py from benchmarks/results/engines.json; not by hand.
"""


def speed(engine: dict) -> float:
    """What engines are ranked by: images a second, of bf16 after the toll for its exactness."""
    toll = CLEARLY if engine["precision"] == "bf16" else 1.0
    return engine["images_per_second"]["median"] / toll


def rows(cpu: str, network: str, measured: dict) -> list[str]:
    """The lines of one CPU class and network, the fastest first."""
    parts = CPU_CLASS.fullmatch(cpu)
    if parts is None or parts[4] not in ISAS:
        raise ValueError(f"'{cpu}' is no CPU class such as AuthenticAMD-26-2-avx512_bf16")
    key = f'"{parts[1]}", {parts[2]}, {parts[3]}, Isa::{ISAS[parts[4]]}'
    ranked = sorted(measured["engines"], key=speed, reverse=True)
    names = [f"k{BACKENDS[e['backend']]}{PRECISIONS[e['precision']]}" for e in ranked]
    lines = [f"{{{key}, Network::{NETWORKS[network]}, {name}}}," for name in names]
    return [f"// {cpu}, {network}, {measured['date']}", *lines]


def rendered(records: dict) -> str:
    lines: list[str] = []
    for cpu, networks in sorted(records["classes"].items()):
        for network in sorted(networks, key=list(NETWORKS).index):
            lines += rows(cpu, network, networks[network])
    return HEAD + "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    TABLE.write_text(rendered(json.loads(RECORDED.read_text("utf-8"))), "utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)}")
