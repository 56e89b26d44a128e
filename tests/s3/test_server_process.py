# SPDX-License-Identifier: Apache-2.0
"""A server of the tests is a process that starts, ends and comes back when it should."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import ROOT
from servers import S3Server


def alive(pid):
    """A process that has ended but was not waited for (Z) is not alive."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_server_ends_with_its_block_even_when_the_test_fails(tmp_path):
    server = S3Server(tmp_path)
    pids = []

    def test():
        with server:
            pids.append(server.pid)
            assert alive(server.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        test()
    assert server.pid is None and not alive(pids[0])
    assert server.log.exists()


def test_a_server_ends_when_the_tests_are_killed(tmp_path):
    script = (
        "import signal, sys, servers\n"
        "server = servers.S3Server(sys.argv[1]).start()\n"
        "print(server.pid, flush=True)\n"
        "signal.pause()\n"
    )
    tests = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )
    with tests:
        pid = int(tests.stdout.readline())
        assert alive(pid)
        tests.kill()
    end = time.monotonic() + 5
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(pid)


def test_a_server_that_cannot_start_says_why(tmp_path):
    server = S3Server(tmp_path)
    server.root.rmdir()
    with pytest.raises(RuntimeError, match=r"(?s)versitygw did not start.*no such file"):
        server.start()
    assert server.pid is None


def test_the_log_is_shown_when_a_test_fails(tmp_path):
    (tmp_path / "test_one.py").write_text("def test_one(s3):\n    assert s3.pid is None\n")
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider"]
    # In a place of its own: among those of other test runs it would begin by taking old ones away.
    command.append(f"--basetemp={tmp_path / 'inner'}")
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(
        [*command, "test_one.py"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "versitygw on port" in done.stdout


def test_killed_and_started_again_it_has_its_data_users_and_port(tmp_path):
    with S3Server(tmp_path) as server:
        server.make_bucket("kept")
        server.client().put("kept", "a/b", b"stays")
        user = server.add_user()
        server.allow("kept", user)
        port, pid = server.port, server.pid
        server.kill()
        with pytest.raises(ConnectionRefusedError):
            server.client().get("kept", "a/b")
        server.start()
        assert (server.port, server.pid == pid) == (port, False)
        assert server.client(user).get("kept", "a/b") == b"stays"
        server.stop()
        assert "caught signal terminated" in server.log.read_text()


def test_it_comes_back_after_a_while(tmp_path):
    with S3Server(tmp_path) as server:
        start = time.monotonic()
        back = server.restart_after(1)
        assert server.pid is None
        back.join()
        assert 1 <= time.monotonic() - start < 5
        assert server.answers()
        server.restart_after(60)
    assert time.monotonic() - start < 10, "leaving the block does not wait for the comeback"
    assert server.pid is None


def test_what_a_server_used_is_measured(s3, bucket):
    before = s3.cpu_seconds()
    for number in range(200):
        s3.client().put(bucket, str(number), os.urandom(100_000))
    assert 0 < s3.cpu_seconds() - before < 60
    assert 10e6 < s3.peak_bytes() < 1e9


def test_a_server_that_hangs_takes_requests_and_answers_none(tmp_path):
    with S3Server(tmp_path) as server:
        assert Path(f"/proc/{server.pid}/exe").resolve().name == "versitygw"
        impatient = server.client()
        impatient.timeout = 0.5
        server.pause()
        with pytest.raises(TimeoutError):
            impatient.request("GET")
        server.resume()
        assert impatient.request("GET").status == 200
        server.pause()
    assert server.pid is None
