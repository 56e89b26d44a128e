# SPDX-License-Identifier: Apache-2.0
"""Tasks that are computed twice, both copies to the end, write the same files."""

import json
import subprocess
import sys
from pathlib import Path

from harness import tree
from standalone import ENV, SETTINGS


def test_both_copies_of_a_task_write_the_same(cluster, fruits, local_tree, tmp_path):
    job = {"master": cluster.url, "source": str(fruits), "out": str(tmp_path / "out")}
    (tmp_path / "job.json").write_text(json.dumps({**job, "settings": SETTINGS}))
    script = Path(__file__).with_name("speculation.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "job.json")],
        env=ENV,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    twice = {work: files for line in lines for work, files in line.items()}
    assert list(twice) == ["extract", "moments", "merge", "transform"]
    assert all(twice.values()), twice
    found = tree(tmp_path / "out")
    assert found == local_tree, sorted(found.items() ^ local_tree.items())
