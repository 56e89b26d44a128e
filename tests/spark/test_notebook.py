# SPDX-License-Identifier: Apache-2.0
"""examples/fruits_on_spark.ipynb, unchanged: here with a folder, on a cluster with a bucket."""

import io

import nbformat
import numpy as np
import pyarrow.parquet as pq
import pytest
from harness import ROOT
from nbclient import NotebookClient
from standalone import ENV

NOTEBOOK = ROOT / "examples" / "fruits_on_spark.ipynb"
# As the fixture plain_run, so that the numbers can be compared.
SMALL = {"POMONA_INPUT_SIZE": "32", "POMONA_COMPONENTS": "8", "POMONA_SHARD_SIZE": "16"}


def execute(folder, env):
    """All outputs of the notebook, run in `folder`."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    own = {"IPYTHONDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder)}
    client.execute(env={**ENV, **own, **SMALL, **env})
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(outputs):
    return "".join(output.get("text", "") for output in outputs)


def pictures(outputs):
    return [output for output in outputs if "image/png" in output.get("data", {})]


def assert_as_the_run(table, run):
    """The reduced rows are those of `pomona run`, up to the signs of components."""
    wanted = pq.read_table(run / "reduced" / "gen-0000").sort_by("path")
    assert (
        table.select(["path", "label"]).to_pylist() == wanted.select(["path", "label"]).to_pylist()
    )
    ours, theirs = (np.stack(t["pca"].to_numpy()) for t in (table, wanted))
    ours = ours * np.sign((ours * theirs).sum(axis=0))
    errors = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    assert ours.shape == (48, 8)
    assert errors.max() < 1e-5


def test_it_is_committed_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_here_with_a_folder(fruits, plain_run, tmp_path):
    outputs = execute(
        tmp_path,
        {
            "POMONA_SOURCE": str(fruits),
            "POMONA_DESTINATION": "out/table.parquet",
            "POMONA_CONF": "spark.ui.enabled=false spark.sql.shuffle.partitions=2",
        },
    )
    assert "48 rows in out/table.parquet" in printed(outputs)
    assert "14,714,688" in printed(outputs)
    assert len(pictures(outputs)) == 2
    assert_as_the_run(pq.read_table(tmp_path / "out" / "table.parquet"), plain_run)


@pytest.fixture
def bucket_of_fruits(s3, bucket, fruits):
    s3.put_folder(bucket, "fruits", fruits)
    return bucket


def test_on_a_cluster_with_a_bucket(s3, bucket_of_fruits, cluster, plain_run, tmp_path):
    place = f"s3://{bucket_of_fruits}"
    # A test's way to give workers credentials: real ones have roles.
    workers = " ".join(f"spark.executorEnv.{name}={value}" for name, value in s3.env().items())
    outputs = execute(
        tmp_path,
        {
            **s3.env(),
            "POMONA_SOURCE": f"{place}/fruits",
            "POMONA_DESTINATION": f"{place}/out/table.parquet",
            "POMONA_MASTER": cluster.url,
            "POMONA_CONF": f"spark.ui.enabled=false spark.sql.shuffle.partitions=2 {workers}",
        },
    )
    assert f"on {cluster.url}" in printed(outputs)
    assert len(pictures(outputs)) == 2
    stored = s3.objects(bucket_of_fruits, "out/")
    assert list(stored) == ["out/table.parquet"]
    assert_as_the_run(pq.read_table(io.BytesIO(stored["out/table.parquet"])), plain_run)
