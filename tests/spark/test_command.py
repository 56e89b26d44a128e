# SPDX-License-Identifier: Apache-2.0
"""`pomona run --engine spark` from outside, on a real cluster."""

import json
import os
import signal
import subprocess
import time

import pytest
from harness import PROGRAM, ROOT, manifest, tree
from standalone import ARGS, ENV, free_port


def spark(cluster, *conf, master=None):
    """Options of the Spark engine."""
    pairs = [word for pair in conf for word in ("--conf", pair)]
    return ["--engine", "spark", "--master", master or cluster.url, *pairs]


def run(pomona, *args, **kwargs):
    return pomona("run", *args, env=ENV, timeout=300, **kwargs)


def assert_same(out, local_tree):
    found = tree(out)
    assert found == local_tree, sorted(found.items() ^ local_tree.items())


def assert_plain(text):
    """Words for people: no stack trace of Java's or Python's."""
    for foreign in ("\tat ", "Exception", "Traceback", "org.apache"):
        assert foreign not in text, text


def start_until(args, event):
    """Starts a run and returns its process once it has told of `event`."""
    command = [str(PROGRAM), "run", *map(str, args), "--json"]
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == event:
            return process
    raise AssertionError(f"ended without {event}")


def test_leaves_the_tree_of_the_local_engine(pomona, cluster, fruits, local_tree, tmp_path):
    out = tmp_path / "out"
    done = run(pomona, fruits, "--out", out, *ARGS, *spark(cluster))
    assert_same(out, local_tree)
    assert "48 = 48 rows + 0 rejects" in done.stdout
    assert "48 images listed" in done.stderr
    assert_plain(done.stdout + done.stderr)
    last = manifest(out)["runs"][-1]
    assert last["engine"] == "spark"
    assert sum(worker["pieces"] for worker in last["workers"]) == 24 + 24 + 2 + 24
    assert {worker["cpu"] for worker in last["workers"]} == {last["cpu"]}


def test_answers_for_fruits_are_those_of_the_local_engine(pomona, cluster, tmp_path):
    photos = ROOT / "examples/photos"
    args = ["predict", photos, "--head", "fruit", "--regions", "fruits"]
    pomona(*args, "--out", tmp_path / "here", env=ENV)
    done = pomona(*args, "--out", tmp_path / "there", *spark(cluster), env=ENV, timeout=300)
    assert "answers.csv" in done.stdout
    assert_plain(done.stdout + done.stderr)
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    assert manifest(tmp_path / "there")["runs"][-1]["engine"] == "spark"
    assert len((tmp_path / "there/answers.csv").read_text().splitlines()) > 8
    refused = pomona(*args, *spark(cluster), code=2).stderr
    assert "--out" in refused and "workers share" in refused


def test_a_sketch_is_that_of_the_local_engine(pomona, cluster, fruits, tmp_path):
    args = [*ARGS, "--pca", "sketch"]
    pomona("run", fruits, "--out", tmp_path / "here", *args, env=ENV)
    run(pomona, fruits, "--out", tmp_path / "there", *args, *spark(cluster))
    assert_same(tmp_path / "there", tree(tmp_path / "here"))


def test_a_local_run_that_was_killed_ends_on_spark(pomona, fruits, local_tree, tmp_path):
    out = tmp_path / "out"
    env = {"POMONA_KILL_AT": "renamed:features/part-00005.parquet"}
    assert pomona("run", fruits, "--out", out, *ARGS, env=env, code=None).returncode == -9
    run(pomona, fruits, "--out", out, *ARGS, *spark(None, master="local[2]"))
    assert_same(out, local_tree)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_on_spark_that_was_stopped_ends_locally(
    pomona, cluster, fruits, local_tree, tmp_path, number
):
    out = tmp_path / "out"
    process = start_until([fruits, "--out", out, *ARGS, *spark(cluster)], "shard_done")
    os.kill(process.pid, number)
    rest = process.communicate(timeout=120)[0]
    if number == signal.SIGINT:
        assert process.returncode == 1
        assert '"run_stopped"' in rest
    assert not (out / "manifest.json").exists()
    end = time.monotonic() + 30  # what is left of a killed one lets go by itself
    while True:
        done = pomona("run", fruits, "--out", out, *ARGS, code=None)
        if done.returncode == 0 or time.monotonic() > end:
            break
        assert "is in use by another run" in done.stderr
        time.sleep(0.5)
    assert done.returncode == 0, done.stderr
    assert_same(out, local_tree)


def test_a_master_that_is_away_is_named_at_once(pomona, fruits, tmp_path):
    place = f"127.0.0.1:{free_port()}"
    start = time.monotonic()
    args = ["--out", tmp_path / "out", *spark(None, master=f"spark://{place}")]
    done = run(pomona, fruits, *args, code=1)
    assert time.monotonic() - start < 5
    assert done.stderr.startswith(f"error: the Spark master spark://{place} cannot be reached")
    assert "Connection refused" in done.stderr
    assert_plain(done.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--engine", "spark"], "needs --master"),
        (["--master", "local[2]"], "need --engine spark"),
        (["--require-same-cpu"], "needs --engine spark"),
        (["--engine", "spark", "--master", "head:7077"], "spark://HOST:PORT"),
        (["--engine", "spark", "--master", "local", "--conf", "memory=1g"], "spark.KEY=VALUE"),
        (["--engine", "flink"], "flink"),
    ],
)
def test_wrong_usage_is_told(pomona, fruits, tmp_path, args, message):
    done = pomona("run", fruits, "--out", tmp_path / "out", *args, code=2)
    assert message in done.stderr


OTHER_PYTHON = """
import collections, sys
kind = collections.namedtuple("V", "major minor micro releaselevel serial")
sys.version_info = kind(3, 10, 0, "final", 0)
"""


def of_another_python(folder):
    """A folder that makes a Python say that it is 3.10, of which machines need not have one."""
    (folder / "sitecustomize.py").write_text(OTHER_PYTHON)
    return folder


@pytest.mark.parametrize(
    ("conf", "asked"),
    [
        ("spark.executor.memory=900g", "900g of memory and 1 core,"),
        ("spark.task.cpus=3", "1g of memory and 3 cores,"),
    ],
)
def test_an_executor_that_no_worker_can_hold_is_named_soon(
    pomona, cluster, fruits, local_tree, tmp_path, conf, asked
):
    """What was computed before stays, and the run goes on once it asks for less."""
    out = tmp_path / "out"
    begun = {"POMONA_KILL_AT": "renamed:features/part-00005.parquet"}
    pomona("run", fruits, "--out", out, *ARGS, "--threads", "1", env=begun, code=None)
    before = tree(out)
    before.pop(".pomona.lock", None)
    assert "features/part-00005.parquet" in before
    page = f"spark.master.ui.port={cluster.web}"
    start = time.monotonic()
    done = run(pomona, fruits, "--out", out, *ARGS, *spark(cluster, page, conf), code=1)
    assert time.monotonic() - start < 60  # Spark would wait for ever; its start takes a part
    assert f"no worker of {cluster.url} can take this run: an executor asks for {asked}" in (
        done.stderr
    )
    assert "its 2 workers have at most 1 core and 1024 MiB (" in done.stderr
    assert_plain(done.stderr)
    assert before.items() <= tree(out).items()
    run(pomona, fruits, "--out", out, *ARGS, *spark(cluster))
    assert_same(out, local_tree)


def test_workers_that_cannot_take_part_are_told(pomona, cluster, fruits, local_tree, tmp_path):
    out = tmp_path / "out"
    args = [fruits, "--out", out, *ARGS, "--precision", "f32"]
    cases = [
        (["spark.pyspark.python=/no/such/python"], "no Python at /no/such/python"),
        (["spark.executor.memory=900g", "spark.pomona.patience=3"], "900g of memory"),
        ([f"spark.executorEnv.PYTHONPATH={of_another_python(tmp_path)}"], "runs Python 3.10"),
        (["spark.executorEnv.POMONA_MAX_ISA=portable"], "--require-same-cpu"),
    ]
    for conf, message in cases:
        done = run(pomona, *args, "--require-same-cpu", *spark(cluster, *conf), code=1)
        assert message in done.stderr
        assert_plain(done.stderr)
    assert (out / "plan.json").exists()
    # Without the flag they take part, and the manifest says so.
    done = run(pomona, *args, *spark(cluster, *cases[-1][0]))
    assert "another kind of CPU" in done.stderr
    assert any("another kind of CPU" in text for text in manifest(out)["warnings"])
    workers = manifest(out)["runs"][-1]["workers"]
    assert {worker["cpu"].rsplit("-", 1)[1] for worker in workers} == {"portable"}
    assert tree(out).keys() == local_tree.keys()


def test_a_place_that_workers_do_not_see_is_told(pomona, cluster, fruits, tmp_path):
    # Other machines are other mount namespaces here: a worker with an empty folder in place
    # of the pictures', or of the destination's.
    hide = 'mount -t tmpfs none {} && exec "$@"'
    can = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    if can.returncode != 0:
        pytest.skip("needs the right to make a mount namespace (root)")
    apart = type(cluster)(tmp_path)
    try:
        out = tmp_path / "results"
        out.mkdir()
        for hidden, message in [(fruits, "cannot see the source"), (out, "cannot see the dest")]:
            wrap = ["unshare", "--mount", "sh", "-c", hide.format(hidden), "sh"]
            pid = apart.add_worker("127.0.0.1", wrap=wrap)
            args = [fruits, "--out", out / "out", *ARGS, *spark(apart)]
            done = run(pomona, *args, code=1)
            assert message in done.stderr
            assert "s3://" in done.stderr
            assert_plain(done.stderr)
            apart.signal(pid, signal.SIGKILL)
    finally:
        apart.stop()
