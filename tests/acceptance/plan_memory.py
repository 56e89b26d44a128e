# SPDX-License-Identifier: Apache-2.0
"""Ten million names are planned (`--dry-run`) in little memory and time: the program's peak.

The names stand in a sorted list file; none of them is there, which a plan does not mind.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import kit

NAMES = 10_000_000
FOLDERS = 5_000
LIMIT_MB = 300
LIMIT_SECONDS = 300


def make_list(target: Path, count: int) -> None:
    each = count // FOLDERS
    with target.open("w", encoding="utf-8") as out:
        for i in range(FOLDERS):
            out.write("".join(f"variety {i:04d}/photo_{j:06d}.jpg\n" for j in range(each)))


def plan(names: Path, out: Path) -> tuple[dict, float]:
    """What is foretold, and the peak of memory."""
    line = [kit.POMONA, "run", str(names), "--out", str(out), "--dry-run", "--json"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=quiet, text=True) as run:
        assert run.stdout is not None
        last = ""
        for text in run.stdout:
            last = text
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        raise SystemExit(f"FAIL {' '.join(line)}: exit code {run.returncode}")
    return json.loads(last), usage.ru_maxrss / 1024


def main() -> None:
    memory = Path("/dev/shm")
    verdicts = kit.Verdicts()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        names = Path(name) / "names.txt"
        make_list(names, NAMES)
        start = time.monotonic()
        told, peak = plan(names, Path(name) / "out")
        seconds = time.monotonic() - start
        verdicts.check(
            told["images"] == NAMES and told["shards"] == 9_766,
            f"plan: {told['images']:,} names, {told['tasks']:,} tasks",
        )
        limit = f"(limit {LIMIT_SECONDS} s)"
        verdicts.check(seconds < LIMIT_SECONDS, f"plan: {seconds:.0f} s {limit}")
        verdicts.check(peak < LIMIT_MB, f"plan: peak memory {peak:.0f} MB (limit {LIMIT_MB})")
        verdicts.check(not (Path(name) / "out").exists(), "plan: nothing was written")
    verdicts.exit()


main()
