# SPDX-License-Identifier: Apache-2.0
"""A million names are listed in little memory: the program's peak when the listing is whole.

Files are empty (rejects, which are read while the listing goes on) and lie in memory (/dev/shm)
where that is there. The network is a tiny one, so that the peak is the listing's; the program is
stopped once it has listed.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import kit

NAMES = 1_000_000
FOLDERS = 500
LIMIT_MB = 200


def make_names(root: Path) -> None:
    for i in range(FOLDERS):
        folder = root / f"variety {i:04d}"
        folder.mkdir()
        for j in range(NAMES // FOLDERS):
            os.close(os.open(folder / f"photo_{j:06d}.jpg", os.O_CREAT))


def peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmHWM")


def list_names(root: Path, out: Path) -> tuple[int, float]:
    """Names listed and the peak of memory."""
    network = kit.ROOT / "tests/golden/model/tiny.onnx"
    line = [kit.POMONA, "extract", str(root), "--out", str(out), "--json", "--model", str(network)]
    line += ["--max-bad", "100%"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=quiet, text=True) as run:
        assert run.stdout is not None
        for text in run.stdout:
            event = json.loads(text)
            if event["event"] == "listing_done":
                peak = peak_mb(run.pid)
                run.send_signal(signal.SIGINT)
                run.communicate()
                return event["images"], peak
    raise SystemExit(f"FAIL {' '.join(line)}: it ended before the listing did")


def main() -> None:
    memory = Path("/dev/shm")
    verdicts = kit.Verdicts()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        root = Path(name) / "names"
        root.mkdir()
        make_names(root)
        start = time.monotonic()
        images, peak = list_names(root, kit.fresh("listing") / "run")
        seconds = time.monotonic() - start
        verdicts.check(images == NAMES, f"listing: {images:,} names in {seconds:.0f} s")
        verdicts.check(peak < LIMIT_MB, f"listing: peak memory {peak:.0f} MB (limit {LIMIT_MB})")
    verdicts.exit()


main()
