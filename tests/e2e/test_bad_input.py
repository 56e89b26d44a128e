# SPDX-License-Identifier: Apache-2.0
"""Bad sources, pictures, names, networks and numbers: each a clear error or a reject."""

import io
import json
import os
import random
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from harness import FRUITS, PROGRAM, ROOT, manifest, tree
from PIL import Image

# The first block of VGG16 alone: 64 numbers an image, quick to load and to run.
TINY = ["--input-size", 32, "--layer", "block1_pool", "--pool", "avg", "--components", 4]
ANY_BAD = ["--max-bad", "100%"]
GOOD = sorted(FRUITS.rglob("*.jpg"))[:12]
GOLDEN = ROOT / "tests" / "golden" / "model"
NOBODY = 65534


def fails(pomona, *args, code=1, naming=(), **kwargs):
    """The program fails with one `error:` line that holds every text of `naming`."""
    done = pomona(*args, code=code, timeout=60, **kwargs)
    lines = done.stderr.splitlines()
    assert sum(line.startswith("error: ") for line in lines) == 1, done.stderr
    for text in [naming] if isinstance(naming, str) else naming:
        assert str(text) in done.stderr, done.stderr
    assert not any(word in done.stderr for word in ("what():", "std::", "Aborted", ".hpp:"))
    return done


def rejects(out):
    table = ds.dataset(out / "rejects", format="parquet").to_table()
    return {row["path"]: row for row in table.to_pylist()}


def codes(out):
    return {path: f"{row['stage']}/{row['code']}" for path, row in rejects(out).items()}


def check_counts(out, images):
    """Rows + rejects = listing, in the manifest and in the tables."""
    m = manifest(out)
    assert m["images"] == images == m["rows"] + m["rejects"]
    listed = ds.dataset(sorted(out.glob("listing/*/*.parquet"))).to_table()["path"].to_pylist()
    rows = ds.dataset(out / "features", format="parquet").to_table()["path"].to_pylist()
    assert sorted(listed) == sorted(rows + list(rejects(out)))
    assert m["rows"] == len(rows)


def plant(folder, count=6):
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(GOOD[:count]):
        shutil.copy2(image, folder / f"good-{i}.jpg")
    return folder


def png(width, height, data=b""):
    def chunk(kind, body):
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.fixture
def other_user():
    """Arguments that run the program without root's rights, and a folder it may enter."""
    folder = Path(tempfile.mkdtemp(prefix="pomona-bad-"))
    folder.chmod(0o755)
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, **user)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("another user may not enter the folders of this repository")
    yield user, folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


# --- sources


def test_sources_without_images(pomona, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    for name in ("README.md", "a.csv", "b.txt"):
        (tmp_path / "texts" / name).write_text("nothing to see\n")
    (tmp_path / "texts" / ".hidden.jpg").write_bytes(GOOD[0].read_bytes())
    (tmp_path / "list.txt").write_text("\n\n")
    tarfile.open(tmp_path / "empty.tar", "w").close()
    out = tmp_path / "out"
    run = ("--out", out, *TINY)
    fails(pomona, "run", tmp_path / "empty", *run, naming=("empty", "no images"))
    fails(pomona, "run", tmp_path / "texts", *run, naming=("texts", ".csv", "--all-files"))
    fails(pomona, "run", tmp_path / "list.txt", *run, naming=("list.txt", "no images"))
    fails(pomona, "run", tmp_path / "empty.tar", *run, naming=("empty.tar", "no images"))
    assert not (out / "plan.json").exists(), "a plan of nothing would bind the next try"
    pomona("run", plant(tmp_path / "now"), *run)


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)


def test_tables_and_archives_that_lack_something(pomona, tmp_path):
    picture = GOOD[0].read_bytes()
    (tmp_path / "list.csv").write_text("file,kind\na.jpg,apple\n")
    (tmp_path / "empty.csv").write_text("")
    parquet(tmp_path / "numbers.parquet", a=[1, 2], b=[0.5, 1])
    parquet(tmp_path / "pictures.parquet", image=[picture], name=["a"])
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "pictures.parquet").read_bytes()[:-9])
    with tarfile.open(tmp_path / "whole.tar", "w") as tar:
        member = tarfile.TarInfo("a.jpg")
        member.size = len(picture)
        tar.addfile(member, io.BytesIO(picture))
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:1500])
    os.mkfifo(tmp_path / "pipe")
    out = tmp_path / "out"

    def refused(name, *args, naming):
        fails(pomona, "run", tmp_path / name, "--out", out, *TINY, *args, naming=(name, *naming))

    refused("list.csv", "--image-column", "photo", naming=("photo", "file, kind"))
    refused("list.csv", "--image-column", "file", "--label-from", "column:sort", naming=("sort",))
    refused("empty.csv", naming=())
    refused("numbers.parquet", naming=("column",))
    refused("pictures.parquet", "--image-column", "photo", naming=("photo", "image"))
    refused("pictures.parquet", "--label-from", "column:sort", naming=("sort",))
    refused("cut.parquet", naming=())
    refused("cut.tar", naming=())
    refused("pipe", naming=())
    assert not (out / "plan.json").exists()


def test_links_and_a_destination_inside_the_source(pomona, tmp_path):
    source = plant(tmp_path / "source" / "fruit").parent
    (source / "nowhere.jpg").symlink_to("missing.jpg")
    (source / "self.jpg").symlink_to("self.jpg")
    (source / "fruit" / "up").symlink_to(source)
    fails(pomona, "run", source, "--out", source, *TINY, naming=("is the source itself",))
    assert not (source / "plan.json").exists()
    out = source / "out"
    args = ("run", source, "--out", out, *TINY, *ANY_BAD)
    pomona(*args)
    check_counts(out, 8)
    assert codes(out) == {"nowhere.jpg": "read/vanished", "self.jpg": "read/vanished"}
    pomona(*args)
    check_counts(out, 8)


# --- pictures and names


def test_bad_pictures_are_rejects_and_the_good_ones_rows(pomona, tmp_path):
    source = plant(tmp_path / "source")
    whole = GOOD[0].read_bytes()
    (source / "zero.jpg").write_bytes(b"")
    (source / "short.jpg").write_bytes(whole[: len(whole) // 2])
    (source / "head.jpg").write_bytes(whole[:3])
    (source / "text.jpg").write_text("I am a text. " * 50)
    (source / "huge.png").write_bytes(png(40_000, 40_000, zlib.compress(b"")))
    pixels = zlib.compress(bytes(random.Random(1).randbytes(64 * (64 * 3 + 1))))
    (source / "corrupt.png").write_bytes(png(64, 64, b"\x00" + pixels[1:]))
    Image.new("RGB", (1, 1), (200, 10, 10)).save(source / "one.png")
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG")
    (source / "cut.png").write_bytes(buffer.getvalue()[:60])
    out = tmp_path / "out"
    pomona("run", source, "--out", out, *TINY, *ANY_BAD)
    check_counts(out, 14)
    found = codes(out)
    assert found.pop("corrupt.png") in {"decode/corrupt", "decode/truncated"}
    assert found.pop("cut.png") in {"decode/corrupt", "decode/truncated"}
    assert found.pop("head.jpg") in {"decode/corrupt", "decode/truncated", "decode/not_an_image"}
    assert found == {
        "zero.jpg": "decode/empty",
        "short.jpg": "decode/truncated",
        "text.jpg": "decode/not_an_image",
        "huge.png": "decode/too_large",
    }
    assert "40000" in rejects(out)["huge.png"]["message"].replace(",", "")
    assert "--max-pixels" in rejects(out)["huge.png"]["message"]

    # The limit is settable: 1 pixel lets the lone pixel through, and nothing else.
    small = tmp_path / "small"
    fails(pomona, "run", source, "--out", small, *TINY, "--max-pixels", 0, code=2)
    pomona("run", source, "--out", small, *TINY, *ANY_BAD, "--max-pixels", 1)
    check_counts(small, 14)
    assert manifest(small)["rows"] == 1
    assert codes(small)["good-0.jpg"] == "decode/too_large"


def test_names_with_spaces_newlines_utf8_and_foreign_bytes(pomona, tmp_path):
    source = tmp_path / "source"
    good = [b"two words/a b.jpg", b"line\nbreak/c\nd.jpg", "pêche/größe 桃.jpg".encode()]
    bad = [b"latin-1 \xe9t\xe9/a.jpg", b"plain/\xff\xfe.jpg"]
    for i, name in enumerate(good + bad):
        path = Path(os.fsdecode(os.fsencode(source) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(GOOD[i], path)
    out = tmp_path / "out"
    done = pomona("run", source, "--out", out, *TINY, *ANY_BAD, "--output", "csv,npz")
    check_counts(out, 5)
    names = {"latin-1 \\xE9t\\xE9/a.jpg", "plain/\\xFF\\xFE.jpg"}
    assert set(rejects(out)) == names
    assert set(codes(out).values()) == {"list/bad_name"}
    rows = pq.read_table(out / "features" / "part-00000.parquet")
    assert set(rows["path"].to_pylist()) == {name.decode() for name in good}
    assert set(rows["label"].to_pylist()) == {"two words", "line\nbreak", "pêche"}
    assert "\\xFF" in done.stdout

    foreign = out.rename(tmp_path / os.fsdecode(b"out \xe9"))
    args = ("run", source, "--out", foreign, *TINY, *ANY_BAD, "--output", "csv,npz", "--json")
    for line in pomona(*args).stdout.splitlines():
        json.loads(line)
    assert "5 = 3 rows + 2 rejects" in pomona("info", foreign).stdout
    json.loads(pomona("info", foreign, "--json").stdout)


def test_ten_thousand_labels(pomona, tmp_path):
    source = tmp_path / "source"
    for i in range(10):
        shutil.copy2(GOOD[i], tmp_path / f"{i}.jpg")
    for i in range(10_000):
        (source / f"label {i:05d}").mkdir(parents=True)
        os.link(tmp_path / f"{i % 10}.jpg", source / f"label {i:05d}" / "a.jpg")
    out = tmp_path / "out"
    pomona("run", source, "--out", out, *TINY)
    m = manifest(out)
    assert m["images"] == m["rows"] == 10_000
    table = ds.dataset(out / "reduced" / "gen-0000", format="parquet").to_table()
    assert len(set(table["label"].to_pylist())) == 10_000


# --- rights


def test_unreadable_images_are_rejects_that_are_tried_again(pomona, other_user):
    user, folder = other_user
    source = plant(folder / "source", 8)
    for path in source.iterdir():
        path.chmod(0o644)
    trees = {}
    for keep in ("yes", "no"):
        args = [*TINY, *ANY_BAD, "--shard-size", 3, "--block-shards", 2, "--keep-features", keep]
        plain, out = folder / f"plain-{keep}", folder / f"out-{keep}"
        for place in (plain, out):
            place.mkdir()
            place.chmod(0o777)
        pomona("run", source, "--out", plain, *args, **user)
        (source / "good-4.jpg").chmod(0)
        pomona("run", source, "--out", out, *args, **user)
        assert codes(out) == {"good-4.jpg": "read/read_failed"}
        assert manifest(out)["rows"] == 7
        (source / "good-4.jpg").chmod(0o644)
        done = pomona("run", source, "--out", out, *args, **user)
        assert "computed again" in done.stderr
        assert manifest(out)["rows"] == 8
        trees[keep] = (tree(out), tree(plain))
    for keep, (resumed, undisturbed) in trees.items():
        assert resumed == undisturbed, keep


def test_places_without_rights_are_named(pomona, other_user):
    user, folder = other_user
    source = plant(folder / "source")
    (folder / "closed").mkdir(mode=0o700)
    (folder / "closed").chmod(0)
    fails(
        pomona, "run", source, "--out", folder / "closed", *TINY,
        naming=("closed", "ermission denied"), **user,
    )  # fmt: skip
    (folder / "shut").mkdir()
    (folder / "shut").chmod(0o555)
    for out in ("shut", "shut/below"):
        fails(pomona, "run", source, "--out", folder / out, *TINY, naming=out, **user)
    fails(pomona, "run", folder / "closed", "--out", folder / "o", *TINY, naming="closed", **user)
    fails(pomona, "info", folder / "closed", naming="closed", **user)
    (source / "inner").mkdir()
    (source / "inner").chmod(0)
    open_out = folder / "open"
    open_out.mkdir()
    open_out.chmod(0o777)
    fails(pomona, "run", source, "--out", open_out, *TINY, naming="inner", **user)
    assert not (open_out / "plan.json").exists()


# --- networks, weights and numbers


def safetensors(path, tensors):
    header, data = {}, b""
    for name, array in tensors.items():
        array = np.ascontiguousarray(array, np.float32)
        span = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": span}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def first_block(**other):
    shapes = {
        "block1_conv1.kernel": (3, 3, 3, 64),
        "block1_conv1.bias": (64,),
        "block1_conv2.kernel": (3, 3, 64, 64),
        "block1_conv2.bias": (64,),
    }
    tensors = {name: np.full(shape, 0.01) for name, shape in shapes.items()}
    return {name: value for name, value in {**tensors, **other}.items() if value is not None}


def test_weights_that_do_not_fit(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    whole = safetensors(tmp_path / "whole.safetensors", first_block())

    def refused(path, *naming, layer="block1_pool"):
        args = ("run", fruits, "--out", out, "--layer", layer, "--weights", path)
        fails(pomona, *args, naming=(path.name, *naming))
        assert not (out / "plan.json").exists()

    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole.read_bytes()[:-100])
    refused(cut)
    cut.write_bytes(whole.read_bytes()[:20])
    refused(cut)
    hdf5 = tmp_path / "cut.h5"
    hdf5.write_bytes((GOLDEN / "classic.h5").read_bytes()[:4000])
    refused(hdf5)
    hdf5.write_bytes(b"")
    refused(hdf5, "empty")
    refused(tmp_path / "nowhere.h5")
    refused(tmp_path)
    refused(GOLDEN / "keras3_two.weights.h5", "13 convolutions", "2 in /layers")
    wrong = first_block(**{"block1_conv2.kernel": np.zeros((3, 3, 32, 64))})
    refused(
        safetensors(tmp_path / "wrong.safetensors", wrong),
        *("block1_conv2", "(3, 3, 32, 64)", "(3, 3, 64, 64)"),
    )
    lacks = first_block(**{"block1_conv2.kernel": None, "block1_conv2.bias": None})
    refused(safetensors(tmp_path / "lacks.safetensors", lacks), "block1_conv2", "(3, 3, 64, 64)")
    shutil.copy(GOLDEN / "classic.h5", tmp_path / "shape.h5")
    with h5py.File(tmp_path / "shape.h5", "r+") as file:
        group = file["block1_conv1"]
        name = next(n for n in group if group[n].ndim == 4)
        del group[name]
        group[name] = np.zeros((5, 5, 3, 64), np.float32)
    shapes = ("(5, 5, 3, 64)", "(3, 3, 3, 64)")
    refused(tmp_path / "shape.h5", "block1_conv1", *shapes, layer="block1_conv1")
    broken = np.full((64,), 0.01)
    broken[7] = np.nan
    nan = safetensors(tmp_path / "nan.safetensors", first_block(**{"block1_conv1.bias": broken}))
    refused(nan, "block1_conv1", "element 7")
    pomona("run", fruits, "--out", out, *TINY, "--weights", whole)


def test_a_network_that_gives_nan_makes_rejects(pomona, fruits, tmp_path):
    large = first_block(**{"block1_conv1.kernel": np.full((3, 3, 3, 64), 1e38)})
    path = safetensors(tmp_path / "large.safetensors", large)
    out = tmp_path / "out"
    args = ("run", fruits, "--out", out, *TINY, "--precision", "f32", "--weights", path)
    fails(pomona, *args, *ANY_BAD, naming=("none of the 48 images", "48 not_finite"))
    assert set(codes(out).values()) == {"extract/not_finite"}
    assert len(rejects(out)) == 48


def test_onnx_networks_that_do_not_fit(pomona, fruits, tmp_path):
    out = tmp_path / "out"

    def refused(path, *naming, size=32):
        args = ("run", fruits, "--out", out, "--model", path, "--input-size", size)
        fails(pomona, *args, naming=(path.name, *naming))
        assert not (out / "plan.json").exists()

    refused(GOLDEN / "bad_external.onnx", "another file")
    refused(GOLDEN / "bad_fixed_batch.onnx", size="20x24")
    refused(GOLDEN / "bad_int64.onnx", "'x'")
    refused(GOLDEN / "bad_rank2.onnx", "(?, 6)")
    refused(GOLDEN / "bad_two_inputs.onnx", "2 inputs")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes((GOLDEN / "fixed.onnx").read_bytes()[:700])
    refused(cut)
    refused(tmp_path / "nowhere.onnx")


def test_numbers_out_of_range(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    run = ("run", fruits, "--out", out, *TINY[:-2])
    for wrong in (
        ["--components", 0],
        ["--components", -3],
        ["--variance", 1.5],
        ["--variance", 0],
        ["--variance", "nan"],
        ["--max-bad", "nan"],
        ["--threads", -1],
        ["--limit", 0],
        ["--shard-size", 0],
        ["--label-from", "(unclosed"],
        ["--input-size", 31],
    ):
        fails(pomona, *run, *wrong, code=2, naming=wrong[0])
    fails(pomona, *run, "--components", 65, naming=("65", "64"))
    other = ("run", fruits, "--out", out, "--layer", "block9")
    fails(pomona, *other, naming=("block9", "block1_pool"))
    assert not (out / "plan.json").exists(), "what cannot work binds nothing"
    pomona(*run, "--components", 64)
    assert manifest(out)["components"] == 64
