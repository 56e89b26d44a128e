# SPDX-License-Identifier: Apache-2.0
"""A cluster of two workers for the tests of the Spark engine, and what to compare with."""

import sys
from pathlib import Path

import pytest
from harness import FRUITS, tree
from pomona.spark import ImageFeaturizer
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).parent))

from frames import NETWORK
from standalone import ARGS, ENV, Standalone

# Small and quick: no pages, two tasks at a time.
CONF = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": "127.0.0.1",
}


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


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A session on this machine, for the data source and Spark ML's words."""
    with pytest.MonkeyPatch.context() as patch:  # for Java alone, not for other tests
        for name, value in ENV.items():
            patch.setenv(name, value)
        patch.chdir(tmp_path_factory.mktemp("spark"))
        session = SparkSession.builder.master("local[2]").config(map=CONF).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def pictures(spark):
    return spark.read.format("pomona").option("shardSize", 64).load(str(FRUITS))


@pytest.fixture(scope="session")
def features(pictures):
    """282 rows in 5 partitions."""
    frame = ImageFeaturizer(**NETWORK).transform(pictures).drop("content").persist()
    yield frame
    frame.unpersist()
