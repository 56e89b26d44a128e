# SPDX-License-Identifier: Apache-2.0
"""Damaged destinations, full disks, sources that change, runs that give up: an error in
plain words, and the same command goes on to the tree of an undisturbed run."""

import json
import os
import random
import shutil
import struct
import subprocess

import pytest
from harness import QUICK, manifest, tree
from test_bad_input import ANY_BAD, TINY, check_counts, codes, fails, plant

SHARDS = ["--shard-size", 16, "--block-shards", 2]
DEEP = b'{"runs": ' + b"[" * 300_000 + b"]" * 300_000 + b"}"


def cut(data):
    return data[: len(data) // 2]


def flip(data):
    """Other bytes in the first page: what checksums are for."""
    return data[:72] + bytes(b ^ 0x55 for b in data[72:80]) + data[80:]


def zeros(data):
    return bytes(len(data))


def empty(_):
    return b""


@pytest.fixture
def copy(plain_run, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(plain_run, out)
    return out


# --- damaged files


@pytest.mark.parametrize("damage", [cut, empty, lambda _: DEEP, lambda _: b"[1, 2]"])
def test_damaged_json_is_named(pomona, fruits, copy, damage):
    run = ("run", fruits, "--out", copy, *QUICK, *SHARDS)
    for name in ("plan.json", "listing/gen-0000/listing.json"):
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(damage(whole))
        fails(pomona, *run, naming=name)
        fails(pomona, "fit", copy, "--out", copy / "r", naming=name)
        if name == "plan.json":
            fails(pomona, "info", copy, naming=name)
        (copy / name).write_bytes(whole)

    # The manifest follows from the rest: it is written anew.
    before = tree(copy)
    (copy / "manifest.json").write_bytes(damage((copy / "manifest.json").read_bytes()))
    fails(pomona, "info", copy, naming="manifest.json")
    pomona(*run)
    assert tree(copy) == before
    assert manifest(copy)["rows"] == 48


def test_json_with_hostile_numbers(pomona, fruits, copy):
    run = ("run", fruits, "--out", copy, *QUICK, *SHARDS)
    name = "listing/gen-0000/listing.json"
    whole = json.loads((copy / name).read_text())
    for images in (0, -1, 10_000, 2**62, 2**64 - 1, 1e300, "48", None, [48]):
        (copy / name).write_text(json.dumps({**whole, "images": images}))
        fails(pomona, *run, naming=name)
    (copy / name).write_text(json.dumps({**whole, "skipped": 7}))
    plan = json.loads((copy / "plan.json").read_text())
    for size in (0, -5, 2**62, "16"):
        plan["output"]["shard_size"] = size
        (copy / "plan.json").write_text(json.dumps(plan))
        fails(pomona, *run, naming="output.shard_size")
        pomona("info", copy)
    for size in (0, -5, "16"):
        plan["output"]["shard_size"] = size
        (copy / "plan.json").write_text(json.dumps(plan))
        fails(pomona, "fit", copy, "--out", copy / "r", naming="plan.json")
    for version in (99, "1", None):
        (copy / "plan.json").write_text(json.dumps({**plan, "schema_version": version}))
        fails(pomona, *run, naming=("plan.json", "schema version"))
    (copy / "plan.json").unlink()
    fails(pomona, *run, naming=("no plan.json", "--overwrite"))


# What is damaged, and what is removed so that it is needed.
NEEDED = [
    ("listing/gen-0000/part-00000.parquet", ["features", "moments", "reducer", "reduced"]),
    ("features/part-00001.parquet", ["moments", "reducer", "reduced"]),
    ("rejects/part-00000.parquet", []),
    ("moments/block-0000.bin", ["reducer", "reduced"]),
    ("reducer/gen-0000/reducer.safetensors", ["reduced"]),
]


@pytest.mark.parametrize(("name", "removed"), NEEDED)
def test_damaged_files_are_named_and_made_anew(pomona, fruits, plain_run, copy, name, removed):
    run = ("run", fruits, "--out", copy, *QUICK, *SHARDS)
    (copy / "manifest.json").unlink()
    for folder in removed:
        shutil.rmtree(copy / folder)
    whole = (copy / name).read_bytes()
    # A reducer is plain safetensors, without a checksum: other numbers are numbers.
    for damage in (cut, zeros, empty) if "reducer" in name else (cut, flip, zeros, empty):
        (copy / name).write_bytes(damage(whole))
        done = fails(pomona, *run, naming=name)
    if name.startswith("listing"):
        assert "--overwrite" in done.stderr
        return
    assert "Remove the file" in done.stderr
    (copy / name).unlink()
    pomona(*run)
    assert tree(copy) == tree(plain_run)


def test_a_damaged_reducer_of_a_finished_run_is_made_anew(pomona, fruits, plain_run, copy):
    run = ("run", fruits, "--out", copy, *QUICK, *SHARDS)
    file = copy / "reducer/gen-0000/reducer.safetensors"
    file.write_bytes(cut(file.read_bytes()))
    fails(pomona, *run, naming=("reducer.safetensors", "Remove the file"))
    fails(pomona, "transform", plain_run, "--reducer", copy, "--out", copy / "t", naming=file.name)
    file.unlink()
    pomona(*run)
    assert tree(copy) == tree(plain_run)


def test_hostile_bytes_never_crash(pomona, plain_run, tmp_path):
    rng = random.Random(7)
    for name in (
        "features/part-00000.parquet",
        "moments/block-0000.bin",
        "reducer/gen-0000/reducer.safetensors",
        "reduced/gen-0000/part-00000.parquet",
    ):
        whole = (plain_run / name).read_bytes()
        file = tmp_path / name.split("/")[-1]
        for i in range(12):
            data = bytearray(whole)
            place = rng.randrange(64) if i % 2 else len(data) - 1 - rng.randrange(1500)
            data[place] = rng.randrange(256)
            file.write_bytes(data)
            done = pomona("info", file, code=None, timeout=60)
            assert done.returncode in {0, 1}, f"{name}: byte {place}"
            assert done.returncode == 0 or done.stderr.startswith("error: ")
    huge = struct.pack("<Q", 2**63) + b'{"a":1}' * 10
    (tmp_path / "huge.safetensors").write_bytes(huge)
    fails(pomona, "info", tmp_path / "huge.safetensors", naming="huge.safetensors")
    (tmp_path / "deep.safetensors").write_bytes(struct.pack("<Q", len(DEEP)) + DEEP)
    fails(pomona, "info", tmp_path / "deep.safetensors", naming="deep.safetensors")
    os.mkfifo(tmp_path / "pipe")
    fails(pomona, "info", tmp_path / "pipe", naming="pipe")


# --- a full disk


def test_a_full_disk_and_room_made(pomona, fruits, plain_run, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o"]
    if subprocess.run([*mount, "size=80k", "none", disk], capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        run = ("run", fruits, "--out", disk / "out", *QUICK, *SHARDS)
        fails(pomona, *run, naming=("No space left", "free space", "resumes", disk / "out"))
        kept = tree(disk / "out")
        assert kept and {name: tree(plain_run)[name] for name in kept} == kept
        assert not (disk / "out" / "manifest.json").exists()
        subprocess.run([*mount, "remount,size=64m", "none", disk], check=True)
        pomona(*run)
        assert tree(disk / "out") == tree(plain_run)
        assert not list((disk / "out").glob("**/.*")), "unfinished files are left"
    finally:
        subprocess.run(["umount", disk], check=True)


# --- sources that change, and runs that give up


def test_images_that_vanish_or_change_after_the_listing(pomona, tmp_path):
    source = plant(tmp_path / "source", 8)
    out = tmp_path / "out"
    run = ("run", source, "--out", out, *TINY, *ANY_BAD, "--shard-size", 4)
    listed = {"POMONA_KILL_AT": "renamed:listing/gen-0000/listing.json"}
    assert pomona(*run, code=None, env=listed).returncode == -9
    (source / "good-1.jpg").rename(tmp_path / "away.jpg")
    shutil.copyfile(source / "good-0.jpg", source / "good-5.jpg")
    os.utime(source / "good-6.jpg")
    pomona(*run)
    check_counts(out, 8)
    changed = {"good-5.jpg": "read/changed", "good-6.jpg": "read/changed"}
    assert codes(out) == {"good-1.jpg": "read/vanished", **changed}
    (tmp_path / "away.jpg").rename(source / "good-1.jpg")
    done = pomona(*run)
    assert "computed again" in done.stderr
    check_counts(out, 8)
    assert codes(out) == changed


def test_giving_up_keeps_what_was_computed(pomona, tmp_path):
    source = plant(tmp_path / "source", 12)
    for i in range(240):
        (source / f"poor-{i:03d}.jpg").write_bytes(b"")
    shards = ["--shard-size", 40, "--block-shards", 2]
    plain, out = tmp_path / "plain", tmp_path / "out"
    pomona("run", source, "--out", plain, *TINY, *shards, *ANY_BAD)
    run = ("run", source, "--out", out, *TINY, *shards)
    fails(pomona, *run, "--max-bad", "90%", naming=("--max-bad", "188 of 200", "rejects/"))
    kept = {path: path.stat().st_mtime_ns for path in out.glob("features/*")}
    assert len(kept) == 5, "looked at from 200 images on"
    assert not (out / "manifest.json").exists()
    fails(pomona, *run, "--max-bad", "95%", naming=("--max-bad", "240 of 252"))
    pomona(*run, "--max-bad", "96%")
    assert kept == {path: path.stat().st_mtime_ns for path in kept}, "nothing is done twice"
    assert tree(out) == tree(plain)
    check_counts(out, 252)
    strict = fails(pomona, *run, "--max-bad", "96%", "--strict", naming=("240", "--strict"))
    assert "nothing to do" in strict.stdout.lower()
