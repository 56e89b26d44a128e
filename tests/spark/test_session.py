# SPDX-License-Identifier: Apache-2.0
"""The engine from a user's session: any partitions, workers that die, Spark's own pages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness import manifest, tree
from standalone import ENV, SETTINGS, Standalone

WORKS = ["extract", "moments", "merge", "transform"]


@pytest.fixture(scope="module")
def session(fruits, tmp_path_factory):
    """(folder of outputs, jobs and stages) after session.py ran."""
    folder = tmp_path_factory.mktemp("session")
    cluster = Standalone(folder)
    try:
        cluster.add_worker("127.0.0.1")
        victim = cluster.add_worker("127.0.0.2")
        yield folder, drive(cluster, victim, fruits, folder)
    finally:
        cluster.stop()


def drive(cluster, victim, fruits, folder):
    """Runs session.py; gives it a worker whenever it asks for one to kill."""
    job = {"master": cluster.url, "source": str(fruits), "out": str(folder)}
    (folder / "job.json").write_text(json.dumps({**job, "settings": SETTINGS}))
    script = Path(__file__).with_name("session.py")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder / "job.json")],
            env=ENV,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    rest = {}
    try:
        for line in process.stdout:
            if line.startswith("{"):
                rest = json.loads(line)
                continue
            victim = victim or cluster.add_worker("127.0.0.2")
            process.stdin.write(f"{victim}\n")
            process.stdin.flush()
            victim = None
        assert process.wait(timeout=120) == 0, (folder / "log").read_text()[-3000:]
        # Those of session.py's own have no group.
        rest["jobs"] = [job for job in rest["jobs"] if "jobGroup" in job]
        rest["stages"] = [stage for stage in rest["stages"] if "description" in stage]
    finally:
        process.kill()
        process.wait()
    return rest


@pytest.mark.parametrize("partitions", ["1", "2", "7"])
def test_the_number_of_partitions_changes_nothing(session, local_tree, partitions):
    assert tree(session[0] / partitions) == local_tree


@pytest.mark.parametrize("work", WORKS)
def test_a_worker_killed_in_a_stage_changes_nothing(session, local_tree, work):
    found = tree(session[0] / work)
    assert found == local_tree, sorted(found.items() ^ local_tree.items())


def test_sparks_pages_tell_what_is_done(session):
    _, rest = session
    jobs = sorted(rest["jobs"], key=lambda job: job["jobId"])
    texts = ["extract shards", "block moments", "merge moments", "transform"]
    pieces = dict(zip(texts, [24, 24, 2, 24], strict=True))
    assert [job["description"] for job in jobs] == texts * 7
    assert [job["jobGroup"].split("-")[1] for job in jobs] == WORKS * 7
    counts = [1, 2, 7, 3, 3, 3, 3]
    want = [min(count, pieces[text]) for count in counts for text in texts]
    assert [job["numTasks"] for job in jobs] == want
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}
    stages = sorted(rest["stages"], key=lambda stage: stage["stageId"])
    assert [stage["description"] for stage in stages] == texts * 7
    assert [stage["numTasks"] for stage in stages] == want
    assert [stage["numCompleteTasks"] for stage in stages] == want


def test_the_killed_workers_held_tasks(session):
    """Else the tests above would have shown nothing."""
    stages = sorted(session[1]["stages"], key=lambda stage: stage["stageId"])
    failed = [i for i, stage in enumerate(stages) if stage["numFailedTasks"] > 0]
    # Run 3 loses a worker in its first stage, run 4 in its second, and so on.
    assert failed == [4 * 3, 4 * 4 + 1, 4 * 5 + 2, 4 * 6 + 3]


def test_no_thread_was_started_before_python_workers_were_forked(session):
    threads, held_by_daemon, held_by_worker = session[1]["daemon"]
    assert threads == 1
    assert not held_by_daemon
    assert held_by_worker


def test_both_workers_took_part(session):
    run = manifest(session[0] / "7")["runs"][-1]
    assert run["engine"] == "spark"
    assert sum(worker["pieces"] for worker in run["workers"]) == 24 + 24 + 2 + 24
