# SPDX-License-Identifier: Apache-2.0
"""Measuring other programs: time, peak memory, when each line of output came; this machine.

Standard library only: a child's peak memory as Linux tells it is at least what its parent held
at the fork, so the parent stays small.
"""

import dataclasses
import os
import platform
import re
import subprocess
import tempfile
import time
from pathlib import Path


@dataclasses.dataclass
class Measured:
    seconds: float
    peak_bytes: int
    lines: list[tuple[float, str]]  # seconds since the start, text


def measure(command: list[str], cwd: Path | None = None) -> Measured:
    """Run `command` to its end; RuntimeError with its last words when it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        assert process.stdout is not None
        lines = [(time.perf_counter() - begin, line.rstrip("\n")) for line in process.stdout]
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            words = complaints.read()[-2000:] or "\n".join(text for _, text in lines[-20:])
            raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}\n{words}")
    return Measured(seconds, usage.ru_maxrss * 1024, lines)


def cpu_info() -> dict[str, str]:
    """The first processor of /proc/cpuinfo."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def isa(flags: set[str]) -> str:
    """The names of src/pomona/base/cpu.h."""
    steps = [
        ("avx2", {"avx2", "fma"}),
        ("avx512", {"avx512f", "avx512dq", "avx512bw", "avx512vl"}),
        ("avx512_bf16", {"avx512_bf16"}),
        ("amx_bf16", {"amx_bf16", "amx_tile"}),
    ]
    found = "portable"
    for name, needed in steps:
        if not needed <= flags:
            break
        found = name
    return found


def machine() -> dict[str, str | int]:
    info = cpu_info()
    kind = [info["vendor_id"], info["cpu family"], info["model"], isa(set(info["flags"].split()))]
    return {
        "cpu_class": "-".join(kind),
        "cpu_name": re.sub(r"\s+", " ", info["model name"]),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
    }


def precisions() -> list[str]:
    """The precisions that this CPU computes in hardware."""
    return ["f32", "bf16"] if "bf16" in str(machine()["cpu_class"]) else ["f32"]
