# SPDX-License-Identifier: Apache-2.0
"""Sum up what gcov says about src/pomona: coverage.py BUILD_FOLDER (see coverage.sh)."""

import collections
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "pomona"
LOW = 0.8

Lines = dict[int, bool]  # line number: was it run


def gcov(build: Path) -> dict[Path, Lines]:
    """Every executable line of our sources, over all programs that were run."""
    data = [str(file.resolve()) for file in build.rglob("*.gcda")]
    command = ["gcov", "--json-format", "--stdout", *data]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=build).stdout
    found: dict[Path, Lines] = collections.defaultdict(dict)
    for document in out.splitlines():
        content = json.loads(document)
        compiled_in = Path(content["current_working_directory"])
        for entry in content["files"]:
            file = (compiled_in / entry["file"]).resolve()
            if SOURCE in file.parents and not file.stem.endswith("_test"):
                for line in entry["lines"]:
                    number = line["line_number"]
                    found[file][number] = found[file].get(number, False) or line["count"] > 0
    return found


def share(files: list[Lines]) -> tuple[float, int]:
    runs = [run for lines in files for run in lines.values()]
    return sum(runs) / max(1, len(runs)), len(runs)


def main(build: str) -> None:
    found = gcov(Path(build))
    layers: dict[str, list[Lines]] = collections.defaultdict(list)
    for file, lines in found.items():
        layers[file.relative_to(SOURCE).parts[0]].append(lines)
    for layer, files in [*sorted(layers.items()), ("all", list(found.values()))]:
        covered, lines = share(files)
        print(f"{layer:8} {covered:6.1%} of {lines:6,} lines")
    for file in sorted(found):
        covered, lines = share([found[file]])
        if covered < LOW:
            print(f"  {covered:6.1%} of {lines:4} lines: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1])
