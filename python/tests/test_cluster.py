# SPDX-License-Identifier: Apache-2.0
"""A run whose pieces are computed elsewhere: here by the same process, as a worker would."""

import hashlib
import json
from pathlib import Path

import pytest
from package_harness import SMALL

import pomona
from pomona import _core

SETTINGS = {**SMALL, "shard_size": 6, "block_shards": 1, "max_bad": 0.5}


class Elsewhere:
    name = "elsewhere"

    def __init__(self, fails=None):
        self.works = []
        self.fails = fails

    def compute(self, work, spec, pieces, done, stopped):
        self.works.append((work, pieces))
        assert not stopped()
        if self.fails:
            raise self.fails
        for piece in _core.Tasks(spec, 1).do(work, pieces[::-1]):
            done(*piece)


def tree(folder):
    files = [p for p in Path(folder).rglob("*") if p.is_file() and p.parent.name != "events"]
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if p.name != "manifest.json"
    }


def test_files_are_those_of_one_process(photos, tmp_path):
    pomona.run(photos, tmp_path / "here", **SETTINGS)
    cluster = Elsewhere()
    report = pomona.run(photos, tmp_path / "there", cluster=cluster, **SETTINGS)
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    shards = list(range(4))
    assert cluster.works == [("extract", shards), ("moments", shards), ("transform", shards)]
    assert (report.rows, sum(report.rejects.values())) == (20, 1)
    run = json.loads(report.manifest)["runs"][-1]
    assert run["engine"] == "elsewhere"
    assert sum(worker["pieces"] for worker in run["workers"]) == 12


def test_its_exception_is_the_runs(photos, tmp_path):
    with pytest.raises(ConnectionError, match="nobody answers"):
        pomona.run(
            photos, tmp_path, cluster=Elsewhere(ConnectionError("nobody answers")), **SETTINGS
        )
    assert pomona.run(photos, tmp_path, **SETTINGS).rows == 20


def test_what_is_refused_ends_the_work(photos, tmp_path):
    (tmp_path / "bad").mkdir()
    for i in range(240):
        (tmp_path / "bad" / f"{i}.jpg").write_bytes(b"no picture")
    settings = {**SETTINGS, "shard_size": 20}
    with pytest.raises(ValueError, match="200 of 200 images could not be used"):
        pomona.run(tmp_path / "bad", tmp_path / "out", cluster=Elsewhere(), **settings)


def test_tasks_say_what_they_do_not_know():
    with pytest.raises(ValueError, match="same version"):
        _core.Tasks("{}", 1)
