# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that drive the program from the command line, and of their servers."""

import os
import re
import secrets
import sys
from contextlib import ExitStack

import pytest
from harness import PROGRAM, QUICK, Pomona, pick
from server_process import recent_logs
from servers import S3Server, ToxicLink, small_disk
from wheel_environment import Environment, the_wheel


@pytest.fixture(scope="session")
def pomona():
    assert PROGRAM.exists(), "build first: make test"
    return Pomona()


@pytest.fixture(scope="session")
def fruits(tmp_path_factory):
    """48 pictures of 24 varieties. Read only."""
    return pick(tmp_path_factory.mktemp("fruits"), 24)


@pytest.fixture(scope="session")
def plain_run(pomona, fruits, tmp_path_factory):
    """An undisturbed run in three shards and two blocks. Read only."""
    out = tmp_path_factory.mktemp("plain") / "out"
    pomona("run", fruits, "--out", out, *QUICK, "--shard-size", 16, "--block-shards", 2)
    return out


@pytest.fixture(scope="module")
def python_with_sklearn():
    """The program's Python is the one that runs the tests."""
    os.environ["POMONA_PYTHON"] = sys.executable
    yield
    del os.environ["POMONA_PYTHON"]


@pytest.fixture(scope="session")
def wheel():
    return the_wheel()


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """A virtual environment of the system's Python with the wheel in it. Read only."""
    empty = Environment(tmp_path_factory.mktemp("empty") / "venv")
    assert "No module named 'pomona'" in empty("python", "-c", "import pomona", code=1).stderr
    empty.install(wheel)
    return empty


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """An S3 server that the tests of a module share. One that stops it makes its own."""
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(s3, request):
    """An empty bucket of the test's own."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:52].strip("-")
    name = f"{name}-{secrets.token_hex(3)}"
    s3.make_bucket(name)
    return name


@pytest.fixture
def link(s3, tmp_path):
    """A link to the S3 server, without faults until the test adds some."""
    with ToxicLink(tmp_path / "link", s3) as toxic:
        yield toxic


@pytest.fixture
def tiny_disk(tmp_path):
    """A folder on a file system of 16 MB."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(small_disk(tmp_path / "tiny", 16))
        except PermissionError as no:
            pytest.skip(str(no))
        yield folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call):
    report = yield
    if report.failed:
        report.sections += recent_logs(call.start)
    return report
