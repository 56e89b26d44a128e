# SPDX-License-Identifier: Apache-2.0
"""Write a lock file (exact versions and hashes) from a list of direct requirements.

.venv/bin/python scripts/lock.py requirements.in requirements.lock
.venv/bin/python scripts/lock.py requirements-tests.in requirements-tests.lock requirements.lock

What stands in the last, a lock file that is installed before, keeps its version and is left out.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def pins(lock: str) -> list[str]:
    """The lines NAME==VERSION of a lock file, without their hashes."""
    lines = Path(lock).read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if not line.startswith("#")]


def main(source: str, target: str, *before: str) -> None:
    held = {pin for lock in before for pin in pins(lock)}
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("\n".join(held))
        constraints.flush()
        command = [*pip, "--quiet", "--report", "-", "-r", source, "-c", constraints.name]
        report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = []
    for item in json.loads(report)["install"]:
        pin = f"{item['metadata']['name'].lower()}=={item['metadata']['version']}"
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        if pin not in held:
            lines.append(f"{pin} --hash=sha256:{digest}")
    with open(target, "w", encoding="utf-8") as out:
        out.write(f"# made from {source} by scripts/lock.py; Python 3.11, x86-64 Linux\n")
        out.write("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
