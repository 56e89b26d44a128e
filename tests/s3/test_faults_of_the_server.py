# SPDX-License-Identifier: Apache-2.0
"""The program when its server is away for long, or full: nothing half, nothing lost."""

import shutil
import threading
import time

import pytest
from places import ARGS, Bucket, folder_tree
from servers import S3Server


@pytest.fixture(scope="module")
def local(pomona, fruits, tmp_path_factory):
    out = tmp_path_factory.mktemp("local") / "out"
    pomona("run", fruits, "--out", out, *ARGS)
    return folder_tree(out)


def test_a_server_away_for_25_seconds(pomona, fruits, local, tmp_path):
    """In the middle of the run: after the first shard, before the last."""
    with S3Server(tmp_path / "s3") as server:
        server.make_bucket("fruits")
        place = Bucket(server, "fruits")
        run = pomona.start(
            "run", fruits, "--out", place.uri("out"), *ARGS, "--json", env=server.env()
        )
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(run.stdout))
        reader.start()
        deadline = time.time() + 15
        while not any('"shard_done"' in line for line in list(lines)):
            assert time.time() < deadline and run.poll() is None
            time.sleep(0.002)
        server.kill()
        time.sleep(25)
        assert run.poll() is None, "it waits"
        server.start()
        assert run.wait(15) == 0, run.stderr.read()
        reader.join()
        assert place.tree(place.uri("out")) == local


def test_a_full_server_is_told_and_the_run_goes_on_when_there_is_room(
    pomona, fruits, tmp_path, tiny_disk
):
    args = ["--input-size", 100, *ARGS[2:]]  # large files: versitygw tells of those alone
    pomona("extract", fruits, "--out", tmp_path / "local", *args[:2], *args[4:])
    local = folder_tree(tmp_path / "local")
    sizes = [len(data) for path, data in local.items() if path.startswith("features/")]
    with S3Server(tmp_path / "s3", root=tiny_disk) as server:
        server.make_bucket("full")
        place = Bucket(server, "full")
        run = ["extract", fruits, "--out", place.uri("out"), *args[:2], *args[4:]]
        filler = tiny_disk / "filler"
        free = shutil.disk_usage(tiny_disk).free
        filler.write_bytes(bytes(free - sum(sizes[:-1]) - sizes[-1] // 2 - 60_000))
        failed = pomona(*run, code=1, env=server.env(), timeout=40)
        assert (
            "error: cannot write 's3://full/out/" in failed.stderr and "no space" in failed.stderr
        )
        kept = place.tree(place.uri("out"))
        assert kept == {path: local[path] for path in kept}, "whole files alone"
        assert "manifest.json" not in place.files(place.uri("out"))
        filler.unlink()
        pomona(*run, env=server.env(), timeout=40)
        assert place.tree(place.uri("out")) == local
