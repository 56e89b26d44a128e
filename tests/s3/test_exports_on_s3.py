# SPDX-License-Identifier: Apache-2.0
"""Reducers written to a bucket in other libraries' formats, and read back from there."""

import pytest
from places import ARGS, Bucket, folder_tree


@pytest.fixture(scope="module")
def run(pomona, fruits, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    pomona("run", fruits, "--out", out, *ARGS)
    return out


@pytest.fixture
def place(s3, bucket):
    return Bucket(s3, bucket)


@pytest.mark.parametrize(("kind", "name"), [("onnx", "x.onnx"), ("npz", "x.npz")])
def test_one_object(pomona, run, place, s3, tmp_path, kind, name):
    export = ["export", run, "--to", kind, "--out"]
    pomona(*export, tmp_path / name)
    pomona(*export, place.uri(f"a/{name}"), env=s3.env())
    wanted = (tmp_path / name).read_bytes()
    assert place.files(place.uri("a")) == {name: wanted}
    taken = pomona(*export, place.uri(f"a/{name}"), code=1, env=s3.env())
    assert "is there already" in taken.stderr and "--overwrite" in taken.stderr
    s3.client().put(place.name, f"a/{name}", b"old")
    pomona(*export, place.uri(f"a/{name}"), "--overwrite", env=s3.env())
    assert place.files(place.uri("a")) == {name: wanted}
    folder = pomona(*export, place.uri("a"), "--overwrite", code=1, env=s3.env())
    assert "is a folder" in folder.stderr
    place_with_options = f"{place.uri('b/' + name)}?endpoint={s3.url}&region=us-east-1"
    pomona(*export, place_with_options, env=s3.env())
    assert place.files(place.uri("b")) == {name: wanted}


def test_a_pickle_is_not_written_to_a_bucket(pomona, run, place, s3):
    export = ["export", run, "--to", "sklearn", "--out", place.uri("x.joblib")]
    told = pomona(*export, code=1, env=s3.env()).stderr
    assert place.uri("x.joblib") in told and "local file" in told
    assert place.files(place.uri()) == {}


def test_a_spark_model(pomona, run, place, s3, tmp_path):
    export = ["export", run, "--to", "spark", "--out"]
    pomona(*export, tmp_path / "m")
    pomona(*export, place.uri("m"), env=s3.env())
    wanted = folder_tree(tmp_path / "m")
    assert place.files(place.uri("m")) == wanted
    assert "is there already" in pomona(*export, place.uri("m"), code=1, env=s3.env()).stderr
    s3.client().put(place.name, "m/stages/9_old/metadata/part-00000", b"{}")
    pomona(*export, place.uri("m"), "--overwrite", env=s3.env())
    assert place.files(place.uri("m")) == wanted, "nothing of the old one is left"
    s3.client().put(place.name, "photos/x.jpg", b"picture")
    other = pomona(*export, place.uri("photos"), "--overwrite", code=1, env=s3.env())
    assert "not replaced" in other.stderr
    assert place.files(place.uri("photos")) == {"x.jpg": b"picture"}
    for destination in [place.uri("reducer"), tmp_path / "reducer"]:
        pomona("import", place.uri("m"), "--out", destination, env=s3.env())
    assert place.files(place.uri("reducer")) == folder_tree(tmp_path / "reducer")


@pytest.mark.parametrize("overwrite", [False, True])
def test_half_a_model_is_none_and_the_same_call_completes_it(
    pomona, run, place, s3, tmp_path, overwrite
):
    export = ["export", run, "--to", "spark", "--out"]
    pomona(*export, tmp_path / "m")
    more = []
    if overwrite:
        pomona(*export, place.uri("m"), env=s3.env())
        more = ["--overwrite"]
    at = {"POMONA_KILL_AT": "written:metadata/part-00000"}
    killed = pomona(*export, place.uri("m"), *more, code=None, env={**s3.env(), **at})
    assert killed.returncode == -9
    half = place.files(place.uri("m"))
    assert half and "metadata/part-00000" not in half
    refused = pomona("import", place.uri("m"), "--out", tmp_path / "r", code=1, env=s3.env())
    assert "metadata" in refused.stderr
    pomona(*export, place.uri("m"), env=s3.env())
    assert place.files(place.uri("m")) == folder_tree(tmp_path / "m")
