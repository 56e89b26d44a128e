# SPDX-License-Identifier: Apache-2.0
"""A flat prefix of 100,000 keys on a real S3 server: all are listed, the first shard is there
long before the last name, and memory does not grow with the names (POMONA_KEYS: another number).

The keys are links to one picture, made behind the server's back.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kit

sys.path.insert(0, str(kit.ROOT / "tests"))
from servers import S3Server

KEYS = int(os.environ.get("POMONA_KEYS", "100000"))
FIRST_SHARD_SECONDS = 20
GROWTH_MB = 64


def peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmHWM")


def main() -> None:
    verdicts = kit.Verdicts()
    folder = Path(tempfile.mkdtemp(prefix="pomona-s3-"))
    picture = next((kit.ROOT / "examples/fruits").rglob("*.jpg")).read_bytes()
    try:
        with S3Server(folder / "s3") as server:
            server.make_bucket("flat")
            server.put_copies("flat", (f"f/{i:07}.jpg" for i in range(KEYS)), picture)
            watch(verdicts, server, folder / "out")
    finally:
        shutil.rmtree(folder)
    verdicts.exit()


def watch(verdicts: kit.Verdicts, server: S3Server, out: Path) -> None:
    line = [kit.POMONA, "extract", "s3://flat/f", "--out", str(out), "--input-size", "32", "--json"]
    env = {**os.environ, **server.env()}
    begin = time.monotonic()
    first, early, listed = 0.0, 0.0, 0
    with subprocess.Popen(line, stdout=subprocess.PIPE, env=env, text=True) as run:
        assert run.stdout
        for text in run.stdout:
            event = json.loads(text)
            if event["event"] == "shard_done" and not first:
                first, early = time.monotonic() - begin, peak_mb(run.pid)
            if event["event"] == "listing_done":
                listed = event["images"]
                break
        seconds, late = time.monotonic() - begin, peak_mb(run.pid)
        run.kill()
    verdicts.check(listed == KEYS, f"{listed:,} of {KEYS:,} keys listed in {seconds:.0f} s")
    verdicts.check(0 < first < FIRST_SHARD_SECONDS, f"the first shard after {first:.1f} s")
    verdicts.check(
        late - early < GROWTH_MB, f"memory: {early:.0f} MB then, {late:.0f} MB at the end"
    )


if __name__ == "__main__":
    main()
