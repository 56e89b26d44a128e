# SPDX-License-Identifier: Apache-2.0
"""2,000 small images over a link of 30 ms to a real S3 server, against the same from the local
disk: reading ahead hides the way there. Server and link run on the same cores and take some 7 % of
them, which is counted off; the plain ratio is told beside."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import kit

sys.path.insert(0, str(kit.ROOT / "tests"))
from servers import S3Server, ToxicLink

IMAGES = 2000
LATENCY_MS = 30
GOAL = 0.9
REPETITIONS = 5


def copies(folder: Path) -> Path:
    """As many photos as there are, again under other names until there are enough."""
    photos = kit.fruit_photos(IMAGES)
    for i in range(IMAGES):
        target = folder / "images" / f"{i // 100:02d}" / f"{i:05d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photos[i % len(photos)], target)
    return folder / "images"


def extract_seconds(source: str, out: Path, env: dict[str, str]) -> float:
    shutil.rmtree(out, ignore_errors=True)
    line = [kit.POMONA, "extract", source, "--out", str(out), "--precision", "f32", "--quiet"]
    subprocess.run(line, check=True, env={**os.environ, **env})
    run = json.loads((out / "manifest.json").read_text())["runs"][-1]
    assert run["images"] == IMAGES
    return float(run["seconds"]["extract"])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Ratios of the link's rate to the disk's: plain, and less what the servers took."""
    local = copies(folder)
    cores = len(os.sched_getaffinity(0))
    plain, ratios = [], []
    with S3Server(folder / "s3") as server:
        server.make_bucket("fruits")
        server.put_folder("fruits", "", local)
        with ToxicLink(folder / "link", server) as link:
            link.latency(LATENCY_MS)
            pids = [link.pid, server.pid]
            for _ in range(REPETITIONS):
                disk = extract_seconds(str(local), folder / "out", {})
                before = sum(map(cpu_seconds, pids))
                far = extract_seconds("s3://fruits", folder / "out", link.env())
                taken = sum(map(cpu_seconds, pids)) - before
                plain.append(disk / far)
                ratios.append(disk / (far - taken / cores))
                rates = f"disk {IMAGES / disk:.0f}, link {IMAGES / far:.0f} images/s"
                print(f"     {rates}; servers {taken:.1f} core-s; {ratios[-1]:.3f}", flush=True)
    return plain, ratios


def main() -> None:
    verdicts = kit.Verdicts()
    folder = Path(tempfile.mkdtemp(prefix="pomona-link-"))
    try:
        plain, ratios = measure(folder)
    finally:
        shutil.rmtree(folder)
    ratio = statistics.median(ratios)
    words = f"{IMAGES:,} images over {LATENCY_MS} ms at {ratio:.3f} of the local disk's speed"
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}, plain {statistics.median(plain):.3f}"
    verdicts.check(ratio >= GOAL, f"{words} ({spread}; goal {GOAL})")
    verdicts.exit()


if __name__ == "__main__":
    main()
