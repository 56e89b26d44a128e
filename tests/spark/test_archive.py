# SPDX-License-Identifier: Apache-2.0
"""Workers whose Python has no Pomona: an environment that goes along with the job."""

import subprocess

import pytest
from harness import manifest, tree
from standalone import ARGS, ENV

BARE = "/usr/bin/python3"


@pytest.fixture(scope="module")
def archive(installed, tmp_path_factory):
    """As docs/spark.md makes it."""
    packed = tmp_path_factory.mktemp("packed") / "pomona.tar.gz"
    pack = ["tar", "-I", "gzip -1", "-cf", packed, "-C", installed.folder, "."]
    subprocess.run(pack, check=True)
    return packed


def run(pomona, cluster, source, out, python, *conf, code=0):
    pairs = [f"spark.pyspark.python={python}", "spark.cores.max=1", *conf]
    words = [word for pair in pairs for word in ("--conf", pair)]
    place = ["--engine", "spark", "--master", cluster.url]
    # The driver's own Python has Pomona; that variable would be the workers' too.
    env = {**ENV, "PYSPARK_PYTHON": ""}
    return pomona("run", source, "--out", out, *ARGS, *place, *words, env=env, code=code)


def test_an_environment_sent_along_does_the_job_where_no_pomona_is(
    pomona, cluster, archive, fruits, local_tree, tmp_path
):
    without = run(pomona, cluster, fruits, tmp_path / "without", BARE, code=1)
    assert "has no pomona" in without.stderr
    out = tmp_path / "out"
    run(pomona, cluster, fruits, out, "./env/bin/python", f"spark.archives={archive}#env")
    assert tree(out) == local_tree
    assert manifest(out)["runs"][-1]["engine"] == "spark"


def test_an_archive_that_is_not_there_is_named(pomona, cluster, fruits, tmp_path):
    conf = "spark.archives=nowhere.tar#env"
    failed = run(pomona, cluster, fruits, tmp_path / "out", "./env/bin/python", conf, code=1)
    assert failed.stderr.startswith("error: Spark does not find ")
    assert "nowhere.tar" in failed.stderr
