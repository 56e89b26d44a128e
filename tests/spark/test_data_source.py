# SPDX-License-Identifier: Apache-2.0
"""spark.read.format("pomona"): Pomona's sources as DataFrames."""

import shutil
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pomona.spark.source import Request, read, shards

import pomona


@pytest.fixture(scope="module")
def mixed(fruits, tmp_path_factory):
    """Twelve pictures, two that are none, and a file that is passed over."""
    root = tmp_path_factory.mktemp("mixed")
    for folder in sorted(fruits.iterdir())[:6]:
        shutil.copytree(folder, root / folder.name)
    first, second = sorted(root.iterdir())[:2]
    cut = next(first.iterdir()).read_bytes()[:900]
    (first / "cut.jpg").write_bytes(cut)
    (second / "empty.png").write_bytes(b"")
    (root / "read.me.txt").write_text("no picture")
    return root


def load(spark, src, **options):
    return spark.read.format("pomona").options(**options).load(str(src))


def rows(frame):
    return [row.asDict() for row in frame.collect()]


def test_rows_are_the_listing_with_its_bytes(spark, fruits):
    frame = load(spark, fruits, shardSize=10)
    assert frame.rdd.getNumPartitions() == 5
    found = rows(frame)
    listed = pomona.list_images(fruits).select(["path", "label"]).to_pylist()
    assert [{"path": row["path"], "label": row["label"]} for row in found] == listed
    for row in found:
        assert bytes(row["content"]) == (fruits / row["path"]).read_bytes()


def test_tar_and_parquet_give_what_the_folder_gives(spark, mixed, tmp_path):
    folder = rows(load(spark, mixed))
    assert len(folder) == 14
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        tar.add(mixed, ".")
    packed = rows(load(spark, f"file://{tmp_path}/all.tar"))
    assert packed == folder
    columns = {name: [row[name] for row in folder] for name in folder[0]}
    pq.write_table(pa.table(columns), tmp_path / "all.parquet")
    stored = rows(load(spark, tmp_path / "all.parquet", labelFrom="column:label"))
    assert [(row["label"], row["content"]) for row in stored] == [
        (row["label"], row["content"]) for row in folder
    ]


def test_options_narrow_the_listing(spark, fruits):
    labels = sorted(folder.name for folder in fruits.iterdir())
    some = load(spark, fruits, labels=f"{labels[3]},{labels[7]}")
    assert sorted({row["label"] for row in rows(some)}) == [labels[3], labels[7]]
    listed = f'["{labels[3]}", "{labels[7]}"]'
    first = rows(load(spark, fruits, labels=listed, limit=3))
    assert [row["path"] for row in first] == [row["path"] for row in rows(some)][:3]
    assert rows(load(spark, fruits, limit=0)) == []
    named = rows(load(spark, fruits, labelFrom=r"/(.*)\.jpg", limit=1))
    assert named[0]["path"] == f"{labels[0]}/{named[0]['label']}.jpg"


def test_decoded_rows_and_rejects_are_the_listing(spark, mixed, tmp_path):
    decoded = rows(load(spark, mixed, decode="true"))
    rejects = rows(load(spark, mixed, rejects="true"))
    assert len(decoded) == 12
    pixels = pomona.read_image(mixed / decoded[5]["path"])
    assert (decoded[5]["height"], decoded[5]["width"]) == pixels.shape[:2]
    assert bytes(decoded[5]["pixels"]) == pixels.tobytes()
    # As a run has them.
    pomona.run(mixed, tmp_path / "out", max_bad=1, input_size=32, components=1)
    assert rejects == pq.read_table(tmp_path / "out" / "rejects").to_pylist()
    assert {row["code"] for row in rejects} == {"truncated", "empty"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lables": "Apple 6"}, "no option 'lables'; it has path, labelFrom, labels, limit"),
        ({"limit": "-1"}, "option limit is '-1': it must be a whole number"),
        ({"decode": "yes"}, "option decode is 'yes': it must be true or false"),
        ({"labels": "Durian"}, "has the label 'Durian'"),
        ({"labels": "[1"}, "no JSON list"),
        ({"labelFrom": "("}, "("),
    ],
)
def test_wrong_options_are_told(spark, fruits, options, message):
    with pytest.raises(Exception, match="PYTHON_DATA_SOURCE_ERROR") as error:
        load(spark, fruits, **options).count()
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("spark_says", "ours"),
    [
        ("s3a://bucket/a b", "s3://bucket/a b"),
        ("s3://bucket/a?region=x", "s3://bucket/a?region=x"),
        ("file:///data/x", "/data/x"),
        ("file:/data/x", "/data/x"),
        ("data/x.tar", "data/x.tar"),
    ],
)
def test_places_in_sparks_words(spark_says, ours):
    assert Request.parse({"path": spark_says}).src == ours


def test_wrong_places_and_schemas_are_told(spark, fruits):
    with pytest.raises(Exception, match="no such file or folder: '/no/such'"):
        load(spark, "/no/such").count()
    with pytest.raises(Exception, match="reads one place"):
        spark.read.format("pomona").load([str(fruits), str(fruits)])
    with pytest.raises(Exception, match=r"leave \.schema\(\.\.\.\) out"):
        spark.read.format("pomona").schema("path string").load(str(fruits)).count()


def test_a_place_that_a_worker_does_not_see_is_told(mixed, tmp_path):
    """What a task does on a machine where the folder is another, or none."""
    place = tmp_path / "here"
    shutil.copytree(mixed, place)
    request = Request.parse({"path": str(place)})
    (listing,) = shards(request)
    assert sum(batch.num_rows for batch in read(request, listing)) == 14
    shutil.rmtree(place)
    with pytest.raises(RuntimeError, match="every machine has at the same path"):
        list(read(request, listing))
    place.mkdir()
    with pytest.raises(RuntimeError, match="none of 14 is there"):
        list(read(request, listing))
