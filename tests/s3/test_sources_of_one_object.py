# SPDX-License-Identifier: Apache-2.0
"""Archives, tables and lists in a bucket: the files of a run are those of the local ones."""

import json
import shutil
import tarfile
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import ARGS, Bucket, folder_tree
from pomona.spark.source import Request, read, shards


def make_tar(path, folder, images):
    with tarfile.open(path, "w") as tar:
        for image in images:
            tar.add(image, image.relative_to(folder).as_posix())


@pytest.fixture(scope="module")
def sources(fruits, tmp_path_factory):
    """A folder with the pictures and every file that names or holds them."""
    folder = tmp_path_factory.mktemp("sources") / "in"
    shutil.copytree(fruits, folder)
    images = sorted(folder.rglob("*.jpg"))
    names = [image.relative_to(folder).as_posix() for image in images]
    make_tar(folder / "all.tar", folder, images)
    (folder / "shards").mkdir()
    for i in range(3):
        make_tar(folder / f"shards/{i}.tar", folder, images[i::3])
    (folder / "shards/README.md").write_text("three archives")
    (folder / "lists").mkdir()
    (folder / "list.txt").write_text("\n".join(reversed(names)))
    (folder / "lists/up.txt").write_text("\n".join(f"../{name}" for name in names))
    lines = ["path,kind", *(f'"{name}",{name.split("/")[0][0]}' for name in names)]
    (folder / "list.csv").write_text("\n".join(lines))
    pq.write_table(pa.table({"path": names}), folder / "names.parquet")
    rows = pa.table({"path": names, "image": [image.read_bytes() for image in images]})
    pq.write_table(rows, folder / "rows.parquet", row_group_size=20)
    return folder


@pytest.fixture(scope="module")
def place(s3, sources):
    s3.make_bucket("one-object")
    s3.put_folder("one-object", "in", sources)
    return Bucket(s3, "one-object")


def without_listing(tree):
    return {path: data for path, data in tree.items() if not path.startswith("listing/")}


def listed(tree):
    """What a listing says but for times and ETags."""
    tables = [pq.read_table(pa.BufferReader(tree[p])) for p in sorted(tree) if "listing/" in p]
    return pa.concat_tables(tables).select(["path", "size", "label"])


def listing_parts(tree):
    return {p: d for p, d in tree.items() if p.startswith("listing/") and p.endswith(".parquet")}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("all.tar", []),
        ("shards", []),
        ("list.txt", []),
        ("lists/up.txt", []),
        ("list.csv", ["--label-from", "column:kind"]),
        ("names.parquet", []),
        ("rows.parquet", []),
    ],
)
def test_it_gives_the_bytes_of_the_local_file(pomona, place, sources, s3, tmp_path, name, more):
    pomona("run", sources / name, "--out", tmp_path / "local", *ARGS, *more)
    pomona("run", place.uri(f"in/{name}"), "--out", tmp_path / "s3", *ARGS, *more, env=s3.env())
    local, found = folder_tree(tmp_path / "local"), folder_tree(tmp_path / "s3")
    assert without_listing(found) == without_listing(local)
    assert listed(listing_parts(found)) == listed(listing_parts(local))
    assert json.loads((tmp_path / "s3/manifest.json").read_text())["rows"] == 48


def test_one_picture_is_a_source(pomona, place, sources, s3, tmp_path):
    key = next(sources.rglob("*.jpg")).relative_to(sources).as_posix()
    pomona("extract", place.uri(f"in/{key}"), "--out", tmp_path / "o", *ARGS[:2], env=s3.env())
    assert json.loads((tmp_path / "o/manifest.json").read_text())["rows"] == 1


def test_a_list_names_keys_of_its_bucket_and_what_is_missing(pomona, place, sources, s3, tmp_path):
    names = sorted(p.relative_to(sources).as_posix() for p in sources.rglob("*.jpg"))
    lines = [place.uri(f"in/{name}") for name in names[:10]]
    lines += [*names[5:12], "not/there.jpg", place.uri("elsewhere/gone.jpg")]
    s3.client().put(place.name, "in/keys.txt", "\n".join(lines).encode())
    out = tmp_path / "o"
    run = ["extract", place.uri("in/keys.txt"), "--out", out, *ARGS[:2], "--max-bad", "50%"]
    pomona(*run, env=s3.env())
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["rows"] == 12 and manifest["rejects_by_code"] == {"vanished": 2}
    paths = pq.read_table(out / "features")["path"].to_pylist()
    assert paths == names[:12], "relative to the list, however they were written"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("s3://another-bucket/x.jpg", "not in the list's bucket"),
        ("/data/x.jpg", "a path of some machine"),
        ("../../x.jpg", "outside of the bucket"),
    ],
)
def test_lines_that_lead_nowhere_are_told_at_once(pomona, place, s3, tmp_path, line, told):
    s3.client().put(place.name, "in/wrong.txt", f"a.jpg\n{line}\n".encode())
    source = place.uri("in/wrong.txt")
    done = pomona("run", source, "--out", tmp_path / "o", *ARGS, code=1, env=s3.env())
    assert source in done.stderr and told in done.stderr and not (tmp_path / "o").exists()


@pytest.mark.parametrize("name", ["all.tar", "shards", "rows.parquet", "list.txt"])
def test_what_is_replaced_after_the_listing_is_rejects(pomona, place, s3, tmp_path, name):
    """One byte of another object under the same name, and length: never a row."""
    prefix = f"changing-{name}"
    for key, data in s3.objects(place.name, "in/").items():
        s3.client().put(place.name, key.replace("in/", prefix + "/", 1), data)
    out = tmp_path / "o"
    run = ["extract", place.uri(f"{prefix}/{name}"), "--out", out, *ARGS[:2]]
    run += ["--shard-size", 16, "--max-bad", "100%"]
    at = {"POMONA_KILL_AT": "renamed:listing/gen-0000/listing.json"}
    assert pomona(*run, code=None, env={**s3.env(), **at}).returncode == -9
    for key in s3.client().keys(place.name, prefix + "/"):
        data = bytearray(s3.client().get(place.name, key))
        if key.endswith((".tar", ".parquet", ".jpg")):
            data[1000 if key.endswith(".tar") else len(data) // 2] ^= 1  # in a picture
            s3.client().put(place.name, key, bytes(data))
    done = pomona(*run, code=1, env=s3.env())
    assert "no image could be used" in done.stderr or "48" in done.stderr
    rejects = pq.read_table(out / "rejects").to_pylist()
    assert [reject["code"] for reject in rejects] == ["changed"] * 48
    assert not pq.read_table(out / "features")["path"].to_pylist()


def test_a_server_that_breaks_off_is_asked_again(pomona, place, sources, link, tmp_path):
    link.latency(10)
    link.reset(toxicity=0.2, after_ms=300)
    for name in ["all.tar", "rows.parquet"]:
        local, out = tmp_path / f"local-{name}", tmp_path / f"s3-{name}"
        pomona("extract", sources / name, "--out", local, *ARGS[:2])
        pomona("extract", place.uri(f"in/{name}"), "--out", out, *ARGS[:2], env=link.env())
        assert without_listing(folder_tree(out)) == without_listing(folder_tree(local))


def test_without_the_right_to_list(pomona, place, s3, tmp_path):
    reader = s3.add_user()
    s3.allow(place.name, reader, actions=["s3:GetObject"])
    args = ["--out", tmp_path / "o", *ARGS[:2]]
    pomona("extract", place.uri("in/all.tar"), *args, env=s3.env(reader))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("all.tar", "a tar archive"),
        ("rows.parquet", "a Parquet table"),
        ("names.parquet", "a Parquet table"),
        ("list.txt", "a list of pictures"),
        ("picture", "a picture (jpeg)"),
    ],
)
def test_doctor_says_what_an_object_is(pomona, place, sources, s3, name, kind):
    if name == "picture":
        name = next(sources.rglob("*.jpg")).relative_to(sources).as_posix()
    before = len(s3.requests())
    told = pomona("doctor", place.uri(f"in/{name}"), "--json", env=s3.env()).stdout
    found = {check["name"]: check for check in json.loads(told)}
    size = (sources / name).stat().st_size
    text = found["object"]["text"]
    assert text.startswith(f"'{place.uri('in/' + name)}' is {kind}")
    assert text.endswith(f", {size} bytes")
    assert found["read"]["state"] == "ok" and "write" not in found
    reads = [r for r in s3.requests()[before:] if r.key == f"in/{name}"]
    assert [r.operation for r in reads] == ["s3_HeadObject", "s3_GetObject"]


def test_doctor_says_why_an_object_is_no_source(pomona, place, s3):
    client = s3.client()
    objects = {"a.tar": b"\x1f\x8b" + bytes(600), "notes": b"no picture", "empty.jpg": b""}
    for name, data in objects.items():
        client.put(place.name, f"odd/{name}", data)
    for name, reason in [("a.tar", "unpack it"), ("notes", "no archive"), ("empty.jpg", "zero")]:
        told = pomona("doctor", place.uri(f"odd/{name}"), env=s3.env(), code=1).stdout
        (line,) = [line for line in told.splitlines() if line.startswith("BAD")]
        assert line.split()[1] == "object" and reason in line
    stranger = s3.add_user()
    s3.allow(place.name, stranger, actions=["s3:ListBucket"])
    told = pomona("doctor", place.uri("in/all.tar"), env=s3.env(stranger), code=1).stdout
    assert "BAD   read" in told and "s3:GetObject" in told
    # What is not there yet is a prefix: a destination may have any name.
    told = pomona("doctor", place.uri("odd/new.tar"), env=s3.env()).stdout
    assert "note  list" in told and "ok    write" in told


@pytest.mark.parametrize("name", ["large.tar", "folder"])
def test_tasks_of_spark_read_pictures_and_no_index(place, sources, s3, tmp_path, monkeypatch, name):
    """An archive is read through once, by the driver; a task reads its pictures at the places
    that it is told, and what tells that they still are there."""
    images = sorted(sources.rglob("*.jpg"))
    with tarfile.open(tmp_path / "large.tar", "w") as tar:
        for copy in range(8):
            for image in images:
                tar.add(image, f"{copy}/{image.relative_to(sources).as_posix()}")
    size = (tmp_path / "large.tar").stat().st_size
    assert size > 1 << 20, "smaller ones are read whole when they are opened"
    s3.put_folder(place.name, "for-spark/folder", tmp_path)
    s3.put_folder(place.name, "for-spark", tmp_path)
    for key, value in s3.env().items():
        monkeypatch.setenv(key, value)
    request = Request.parse({"path": place.uri(f"for-spark/{name}"), "shardSize": "100"})

    def asked(work):
        before = len(s3.requests())
        done = work()
        keys = [r.operation for r in s3.requests()[before:] if r.key.endswith(".tar")]
        return done, Counter(keys)

    listings, planning = asked(lambda: shards(request))
    assert planning["s3_GetObject"] >= size >> 20, "the index is the whole archive"
    for listing in listings:
        parts, reading = asked(lambda shard=listing: list(read(request, shard)))
        pictures = sum(part.num_rows for part in parts)
        assert pictures in (100, 384 % 100)
        heads = 0 if name == "folder" else 1  # which tell that it is an archive
        assert reading == {"s3_HeadObject": 1, "s3_GetObject": pictures + heads}
