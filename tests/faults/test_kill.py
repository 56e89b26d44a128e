# SPDX-License-Identifier: Apache-2.0
"""Kill -9 at every commit point and at random moments: the resumed output is the same."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import pick, tree

# Parts of the listing have 8 shards: the first is used while the second is listed.
ARGS = ["--input-size", "32", "--components", "4", "--shard-size", "4", "--block-shards", "2"]
# The network's first layers: what is tested are the files, and hundreds of runs begin here.
ARGS += ["--layer", "block1_pool", "--pool", "avg"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return pick(tmp_path_factory.mktemp("kill"), 18)


@pytest.fixture(scope="module")
def undisturbed(pomona, source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    points = folder / "points"
    start = time.time()
    pomona("run", source, "--out", folder / "out", *ARGS, env={"POMONA_LIST_POINTS": points})
    seconds = time.time() - start
    return tree(folder / "out"), points.read_text(), seconds


def resume_equals(pomona, source, out, expected):
    pomona("run", source, "--out", out, *ARGS)
    found = tree(out)
    assert found == expected, sorted(found.items() ^ expected.items())
    assert not list(out.glob("**/.*")), "unfinished files are left"


def commit_points(text):
    """The named points that carry a file's path, but those of events."""
    points = {p for p in text.splitlines() if ":" in p}
    return sorted(p for p in points if ":events/" not in p)


def test_there_are_points_for_every_file(undisturbed):
    tree_, points, _ = undisturbed
    named = {p.split(":", 1)[1] for p in commit_points(points)}
    assert set(tree_) <= named


def test_kill_at_every_commit_point(pomona, source, undisturbed, tmp_path):
    expected, points, _ = undisturbed

    def one(item):
        number, point = item
        out = tmp_path / f"out-{number}"
        env = {"POMONA_KILL_AT": point}
        killed = pomona("run", source, "--out", out, *ARGS, code=None, env=env)
        assert killed.returncode == -9, f"{point} was not passed"
        resume_equals(pomona, source, out, expected)
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, enumerate(commit_points(points)))) > 50


def test_kill_at_50_random_moments(pomona, source, undisturbed, tmp_path):
    expected, _, seconds = undisturbed
    rng = random.Random(20260)

    def one(number_and_delay):
        number, delay = number_and_delay
        out = tmp_path / f"random-{number}"
        process = pomona.start("run", source, "--out", out, *ARGS)
        time.sleep(delay)
        process.kill()
        process.communicate()
        resume_equals(pomona, source, out, expected)
        return 1

    delays = [(n, rng.uniform(0, seconds * 1.2)) for n in range(50)]
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, delays)) == 50


def test_killed_twice_and_then_extended(pomona, source, undisturbed, tmp_path):
    expected, _, _ = undisturbed
    out = tmp_path / "out"
    for point in ("renamed:features/part-00001.parquet", "renamed:moments/block-0001.bin"):
        env = {"POMONA_KILL_AT": point}
        killed = pomona("run", source, "--out", out, *ARGS, code=None, env=env)
        assert killed.returncode == -9
    resume_equals(pomona, source, out, expected)
