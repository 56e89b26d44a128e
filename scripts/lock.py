# SPDX-License-Identifier: Apache-2.0
"""Write a lock file (exact versions and hashes) from a list of direct requirements.

.venv/bin/python scripts/lock.py requirements.in requirements.lock
"""

import json
import subprocess
import sys


def main(source: str, target: str) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command = [*pip, "--quiet", "--report", "-", "-r", source]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = []
    for item in json.loads(report)["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        lines.append(f"{name.lower()}=={version} --hash=sha256:{digest}")
    with open(target, "w", encoding="utf-8") as out:
        out.write(f"# made from {source} by scripts/lock.py; Python 3.11, x86-64 Linux\n")
        out.write("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
