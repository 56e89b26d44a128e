# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that drive the program from the command line."""

import pytest
from harness import PROGRAM, QUICK, Pomona, pick


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
