# SPDX-License-Identifier: Apache-2.0
"""Others read what Pomona writes: pyarrow, pandas, DuckDB, numpy, csv, zipfile."""

import csv
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

V1 = Path(__file__).parent / "v1"
PATHS = ["Apple/1.jpg", 'Pear, "red"/line\nbreak.jpg', "Äpfel 🍎.png", "root.webp"]
LABELS = ["Apple", 'Pear, "red"', "", None]
PCA = np.array(
    [
        [0.1, -2.5, 1e-10],
        [3.4028235e38, 0, 16777216],
        [1e-45, -0.0, 1 / 3],
        [100, 12345.678, -7e20],
    ],
    dtype=np.float32,
)


def vectors(n: int) -> pa.DataType:
    return pa.list_(pa.field("element", pa.float32(), nullable=False), n)


def test_pyarrow_sees_the_schemas_of_the_documentation():
    features = pq.read_table(V1 / "features.parquet")
    assert features.schema.names == ["path", "label", "width", "height", "sha256", "features"]
    assert features.schema.field("features").type == vectors(4)
    assert features.schema.field("width").type == pa.int64()
    assert not features.schema.field("path").nullable
    reduced = pq.read_table(V1 / "reduced.parquet")
    assert reduced.schema.field("pca").type == vectors(3)
    assert reduced.column("path").to_pylist() == PATHS
    assert reduced.column("label").to_pylist() == LABELS
    rows = reduced.column("pca").combine_chunks().flatten().to_numpy().reshape(-1, 3)
    assert rows.tobytes() == PCA.tobytes()
    listing = pq.read_table(V1 / "listing")
    assert listing.column("size").to_pylist() == [100, 101, 102, 103, 104]
    assert set(listing.column("mtime_ns").to_pylist()) == {1_700_000_000_123_456_789}


def test_files_say_what_they_are_and_nothing_of_the_run():
    metadata = pq.read_metadata(V1 / "features.parquet")
    keys = {k.decode(): v.decode() for k, v in metadata.metadata.items() if k != b"ARROW:schema"}
    assert keys == {
        "pomona.model": "vgg16",
        "pomona.schema_version": "1",
        "pomona.table": "features",
    }
    vector = metadata.row_group(0).column(5)
    assert vector.compression == "ZSTD"
    assert not vector.is_stats_set
    assert "RLE_DICTIONARY" not in vector.encodings


def test_pandas():
    frame = pd.read_parquet(V1 / "reduced.parquet")
    assert frame["path"].tolist() == PATHS
    assert np.array_equal(np.stack(frame["pca"].to_list()), PCA)
    rejects = pd.read_parquet(V1 / "rejects.parquet")
    assert rejects["code"].tolist() == ["bad_name", "vanished"]
    assert rejects["bytes"].tolist() == [12, -1]


def test_duckdb_with_the_vector_as_an_array():
    rows = duckdb.sql(
        "select path, label, pca::FLOAT[3] as v, typeof(v) as t, array_distance(v, v) as d "
        f"from '{V1}/reduced.parquet'"
    ).fetchall()
    assert [r[0] for r in rows] == PATHS
    assert [r[1] for r in rows] == LABELS
    assert {r[3] for r in rows} == {"FLOAT[3]"}
    assert np.array_equal(np.array([r[2] for r in rows], dtype=np.float32), PCA)
    assert duckdb.sql(f"select count(*) from '{V1}/listing/*.parquet'").fetchall() == [(5,)]


def test_npz():
    with np.load(V1 / "reduced.npz") as npz:
        assert npz["path"].tolist() == PATHS
        assert npz["label"].tolist() == [label or "" for label in LABELS]
        assert npz["pca"].tobytes() == PCA.tobytes()
        assert npz["pca"].shape == (4, 3)


def test_csv():
    with open(V1 / "reduced.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["path", "label", "pca_0", "pca_1", "pca_2"]
    assert [r[0] for r in rows[1:]] == PATHS
    assert np.array([r[2:] for r in rows[1:]]).astype(np.float32).tobytes() == PCA.tobytes()
    frame = pd.read_csv(V1 / "reduced.csv")
    assert np.array_equal(frame.filter(like="pca_").to_numpy(np.float32), PCA)


def test_zip_with_64_bit_fields():
    with zipfile.ZipFile(V1 / "zip64.zip") as archive:
        assert archive.testzip() is None
        assert [i.file_size for i in archive.infolist()] == [10, 1000, 20]
        assert archive.read("20") == b"x" * 20
