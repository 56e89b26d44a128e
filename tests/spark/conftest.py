# SPDX-License-Identifier: Apache-2.0
"""A cluster of two workers for the tests of the Spark engine, and what to compare with."""

import sys
from pathlib import Path

import pytest
from harness import tree

sys.path.insert(0, str(Path(__file__).parent))

from standalone import ARGS, Standalone


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    standalone = Standalone(tmp_path_factory.mktemp("standalone"))
    try:
        for host in ("127.0.0.1", "127.0.0.2"):
            standalone.add_worker(host)
        yield standalone
    finally:
        standalone.stop()


@pytest.fixture(scope="session")
def local_tree(pomona, fruits, tmp_path_factory):
    """What the local engine leaves."""
    out = tmp_path_factory.mktemp("local") / "out"
    pomona("run", fruits, "--out", out, *ARGS)
    return tree(out)
