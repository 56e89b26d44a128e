# SPDX-License-Identifier: Apache-2.0
"""The main job from and to a bucket: the files are those of a local run, byte for byte."""

import json
import signal
import threading
import time

import pytest
from harness import ROOT
from places import ARGS, Bucket, folder_tree
from servers import S3Server


@pytest.fixture
def server(s3):
    return s3


@pytest.fixture(scope="module")
def place(s3, fruits):
    """A bucket with the 48 pictures of `fruits` below fruits/. Tests write beside it."""
    s3.make_bucket("fruits")
    s3.put_folder("fruits", "fruits", fruits)
    return Bucket(s3, "fruits")


@pytest.fixture
def own_server(tmp_path):
    """A server that a test may kill."""
    with S3Server(tmp_path / "own") as running:
        yield running


@pytest.fixture(scope="module")
def local(pomona, fruits, tmp_path_factory):
    out = tmp_path_factory.mktemp("local") / "out"
    pomona("run", fruits, "--out", out, *ARGS)
    return folder_tree(out)


def without_listing(tree):
    """Times, and on S3 ETags, are the source's own."""
    return {path: data for path, data in tree.items() if not path.startswith("listing/")}


def errors(done):
    return [line for line in done.stderr.splitlines() if line.startswith("error: ")]


def test_bucket_to_bucket_equals_folder_to_folder(pomona, place, local, server):
    out = place.new_uri()
    pomona("run", place.uri("fruits"), "--out", out, *ARGS, env=server.env())
    assert without_listing(place.tree(out)) == without_listing(local)
    manifest = json.loads(place.files(out)["manifest.json"])
    assert manifest["complete"] and manifest["rows"] == 48 and manifest["rejects"] == 0
    assert ".pomona.lock" not in place.files(out)
    again = pomona("run", place.uri("fruits"), "--out", out, *ARGS, env=server.env())
    assert "nothing to do" in again.stdout + again.stderr


def test_answers_for_fruits_in_a_bucket_are_those_of_a_folder(pomona, place, server, tmp_path):
    photos = ROOT / "examples/photos"
    server.put_folder(place.name, "photos", photos)
    args = ["--head", "fruit", "--regions", "fruits", "--quiet"]
    pomona("predict", photos, "--out", tmp_path / "out", *args)
    out = place.new_uri()
    pomona("predict", place.uri("photos"), "--out", out, *args, env=server.env())
    assert without_listing(place.tree(out)) == without_listing(folder_tree(tmp_path / "out"))
    assert len(place.files(out)["answers.csv"].splitlines()) > 8
    # The rows that are there answer again; the head may lie there too.
    server.put_folder(place.name, "head", ROOT / "assets/heads/fruit")
    told = pomona("info", place.uri("head"), env=server.env()).stdout
    assert "fruit, 69 classes" in told
    again = pomona("predict", out, "--head", place.uri("head"), "--json", env=server.env())
    assert len(again.stdout.splitlines()) == 4


def test_folder_to_bucket_is_identical_whole(pomona, fruits, place, local, server):
    out = place.new_uri()
    pomona("run", fruits, "--out", out, *ARGS, env=server.env())
    assert place.tree(out) == local


def test_bucket_to_folder_and_the_other_commands(pomona, place, local, server, tmp_path):
    env = server.env()
    pomona("run", place.uri("fruits/"), "--out", tmp_path / "out", *ARGS, env=env)
    assert without_listing(folder_tree(tmp_path / "out")) == without_listing(local)
    out = place.new_uri()
    pomona("run", place.uri("fruits"), "--out", out, *ARGS, env=env)
    told = pomona("info", out, env=env).stdout
    assert "48 = 48 rows + 0 rejects" in told
    pomona("fit", out, "--out", place.uri("reducer-3"), "--components", 3, env=env)
    assert "reducer.safetensors" in place.files(place.uri("reducer-3"))
    pomona("transform", out, "--reducer", place.uri("reducer-3"), "--out", tmp_path / "t", env=env)
    assert list((tmp_path / "t/reduced/gen-0000").glob("*.parquet"))


def test_secrets_are_in_no_file_and_no_output(pomona, place, server, tmp_path):
    out = place.new_uri()
    done = pomona("run", place.uri("fruits"), "--out", out, *ARGS, "--json", env=server.env())
    secret = server.credentials.secret
    assert secret not in done.stdout + done.stderr
    for path, data in place.files(out).items():
        assert secret.encode() not in data, path
        assert server.credentials.access.encode() not in data, path


def test_new_objects_extend_a_run(pomona, fruits, place, server):
    images = sorted(fruits.rglob("*.jpg"))
    for image in images[:20]:
        place.server.client().must(
            "PUT", place.name, f"grow/{image.parent.name}/{image.name}", body=image.read_bytes()
        )
    out = place.new_uri()
    pomona("run", place.uri("grow"), "--out", out, *ARGS, env=server.env())
    for image in images[20:40]:
        place.server.client().must(
            "PUT", place.name, f"grow/{image.parent.name}/{image.name}", body=image.read_bytes()
        )
    pomona("run", place.uri("grow"), "--out", out, *ARGS, env=server.env())
    manifest = json.loads(place.files(out)["manifest.json"])
    assert manifest["generation"] == 1 and manifest["rows"] == 40


def test_a_destination_inside_the_source_is_passed_over(pomona, fruits, place, server):
    server.put_folder(place.name, "inside", fruits)
    out = place.uri("inside/out")
    pomona("run", place.uri("inside"), "--out", out, *ARGS, env=server.env())
    again = pomona("run", place.uri("inside"), "--out", out, *ARGS, env=server.env())
    assert "nothing to do" in again.stdout + again.stderr
    itself = pomona(
        "run", place.uri("inside"), "--out", place.uri("inside/"), *ARGS, env=server.env(), code=1
    )
    assert "is the source itself" in itself.stderr


CHANGES = {
    "smaller": lambda data: data[: len(data) // 2],
    "larger": lambda data: data + b"\0" * 100,
    "equal size": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
}


def test_objects_that_change_after_the_listing_are_rejects(pomona, fruits, place, server):
    server.put_folder(place.name, "changing", fruits)
    keys = sorted(k for k in server.client().keys(place.name, "changing/"))
    out = place.new_uri()
    run = ["run", place.uri("changing"), "--out", out, *ARGS, "--max-bad", "50%"]
    env = server.env()
    killed = pomona(
        *run, code=None, env={**env, "POMONA_KILL_AT": "put:listing/gen-0000/listing.json"}
    )
    assert killed.returncode == -9
    client = server.client()
    for key, change in zip(keys, CHANGES.values(), strict=False):
        client.must("PUT", place.name, key, body=change(client.get(place.name, key)))
    client.must("DELETE", place.name, keys[3])
    pomona(*run, env=env)
    manifest = json.loads(place.files(out)["manifest.json"])
    assert manifest["rejects_by_code"] == {"changed": 3, "vanished": 1}
    assert manifest["rows"] == len(keys) - 4


def test_two_runs_on_one_destination(pomona, place, server, local):
    out = place.new_uri()
    run = ["run", place.uri("fruits"), "--out", out, *ARGS]
    first = pomona.start(*run, env=server.env())
    try:
        deadline = time.time() + 30
        while ".pomona.lock" not in place.files(out):
            assert time.time() < deadline and first.poll() is None
            time.sleep(0.01)
        second = pomona(*run, code=1, env=server.env())
        assert "in use by another run" in second.stderr and str(first.pid) in second.stderr
    finally:
        first.communicate()
    assert first.returncode == 0
    assert without_listing(place.tree(out)) == without_listing(local)


def test_runs_that_slip_past_the_lease_do_no_harm(pomona, place, server, local):
    """The lock is taken away under the first run, so that two write at once."""
    out = place.new_uri()
    run = ["run", place.uri("fruits"), "--out", out, *ARGS]
    runs = []
    for _ in range(3):
        runs.append(pomona.start(*run, env=server.env()))
        deadline = time.time() + 30
        while ".pomona.lock" not in place.files(out) and time.time() < deadline:
            if runs[-1].poll() is not None:
                break
        server.client().request(
            "DELETE", place.name, out.removeprefix(place.uri()) + "/.pomona.lock"
        )
    for one in runs:
        _, told = one.communicate()
        assert one.returncode == 0, told
    assert without_listing(place.tree(out)) == without_listing(local)


@pytest.mark.parametrize(
    "point",
    [
        "put:plan.json",
        "written:listing/gen-0000/part-00000.parquet",
        "put:listing/gen-0000/listing.json",
        "written:features/part-00001.parquet",
        "put:rejects/part-00001.parquet",
        "put:moments/block-0000.bin",
        "put:reducer/gen-0000/reducer.safetensors",
        "written:reduced/gen-0000/part-00002.parquet",
        "written:manifest.json",
    ],
)
def test_killed_it_goes_on_to_the_same_bytes(pomona, place, server, local, point):
    out = place.new_uri()
    run = ["run", place.uri("fruits"), "--out", out, *ARGS]
    killed = pomona(*run, code=None, env={**server.env(), "POMONA_KILL_AT": point})
    assert killed.returncode == -9
    assert ".pomona.lock" in place.files(out), "a killed run cannot give up its lease"
    pomona(*run, env=server.env())  # the holder is dead: no wait
    assert without_listing(place.tree(out)) == without_listing(local)


def test_local_and_s3_runs_resume_each_other(pomona, fruits, place, server, local, tmp_path):
    """A destination that was begun in a folder goes on in a bucket, when copied there."""
    out = tmp_path / "out"
    killed = pomona(
        "run",
        fruits,
        "--out",
        out,
        *ARGS,
        code=None,
        env={"POMONA_KILL_AT": "renamed:features/part-00001.parquet"},
    )
    assert killed.returncode == -9
    server.put_folder(place.name, "begun", out)
    server.client().request("DELETE", place.name, "begun/.pomona.lock")
    pomona("run", fruits, "--out", place.uri("begun"), *ARGS, env=server.env())
    assert place.tree(place.uri("begun")) == local


def test_wrong_secret_missing_bucket_and_no_rights(pomona, place, server):
    source, out = place.uri("fruits"), place.new_uri()
    run = ["run", source, "--out", out, *ARGS]
    wrong = {**server.env(), "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
    done = pomona(*run, code=1, env=wrong, timeout=30)
    assert len(errors(done)) == 1 and "secret" in done.stderr
    none = {**server.env(), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = pomona(*run, code=1, env=none, timeout=60)
    assert "no AWS credentials found" in done.stderr
    done = pomona("run", "s3://no-such-bucket-here/x", "--out", out, code=1, env=server.env())
    assert "no-such-bucket-here" in done.stderr
    done = pomona("run", place.uri("nothing-here"), "--out", out, code=1, env=server.env())
    assert "there is nothing below" in done.stderr
    reader = server.add_user()
    server.allow(place.name, reader)
    done = pomona(*run, code=1, env=server.env(reader), timeout=60)
    assert "s3:PutObject" in done.stderr
    assert place.files(out) == {}


def test_a_source_may_be_public(pomona, fruits, server, tmp_path):
    server.make_bucket("open-fruits")
    server.put_folder("open-fruits", "f", fruits)
    server.allow("open-fruits", None)
    env = {**server.env(), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    pomona("run", "s3://open-fruits/f?anonymous=true", "--out", tmp_path / "o", *ARGS, env=env)


def test_a_server_that_is_away_is_waited_for(pomona, fruits, own_server, local):
    server = own_server
    server.make_bucket("fruits")
    server.put_folder("fruits", "f", fruits)
    out = "s3://fruits/out"
    run = pomona.start("run", "s3://fruits/f", "--out", out, *ARGS, "--json", env=server.env())
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(run.stdout))
    reader.start()
    deadline = time.time() + 60
    while not any('"listing_done"' in line for line in list(lines)):
        assert time.time() < deadline
        time.sleep(0.005)
    server.kill()
    time.sleep(10)
    server.start()
    assert run.wait(120) == 0, run.stderr.read()
    reader.join()
    done = [json.loads(line) for line in lines][-1]
    assert done["event"] == "run_done" and done["s3_retries"] > 0
    assert any('"s3_retries"' in line for line in lines)
    tree = {k.removeprefix("out/"): v for k, v in server.objects("fruits", "out/").items()}
    kept = {k: v for k, v in tree.items() if k != "manifest.json" and not k.startswith("events/")}
    assert without_listing(kept) == without_listing(local)


def test_ctrl_c_does_not_wait_for_a_server_that_is_away(pomona, fruits, own_server):
    server = own_server
    server.make_bucket("fruits")
    server.put_folder("fruits", "f", fruits)
    run = pomona.start(
        "run", "s3://fruits/f", "--out", "s3://fruits/out", *ARGS, "--json", env=server.env()
    )
    for line in run.stdout:
        if '"listing_done"' in line:
            break
    server.kill()
    for line in run.stdout:
        if '"s3_retries"' in line:
            break
    begin = time.time()
    run.send_signal(signal.SIGINT)
    time.sleep(1)
    server.start()  # the events and the lease are still written
    assert run.wait(30) == 1
    assert time.time() - begin < 25
    assert "the same command goes on" in run.stderr.read()


def test_slow_and_breaking_links(pomona, place, server, link, local):
    link.latency(30)
    link.reset(toxicity=0.2, after_ms=300)
    out = place.new_uri()
    pomona("run", place.uri("fruits"), "--out", out, *ARGS, env=link.env())
    assert without_listing(place.tree(out)) == without_listing(local)


def test_images_are_used_while_the_bucket_is_listed(pomona, fruits, server, link, tmp_path):
    picture = next(fruits.rglob("*.jpg")).read_bytes()
    keys = [f"many/{i % 7}/{i:05}.jpg" for i in range(2100)]  # three pages
    server.make_bucket("many-fruits")
    server.put_copies("many-fruits", keys, picture)
    link.latency(1500)
    args = ["--input-size", 32, "--components", 4, "--shard-size", 32, "--block-shards", 2]
    run = pomona.start(
        "run", "s3://many-fruits/many", "--out", tmp_path / "o", *args, "--json", env=link.env()
    )
    events = []
    for line in run.stdout:
        events.append(json.loads(line)["event"])
        if events[-1] == "shard_done":
            link.clear()
    assert run.wait(120) == 0, run.stderr.read()
    assert events.index("shard_done") < events.index("listing_done")

    # The same by a list of names, which is read whole before the first image.
    names = sorted(key.removeprefix("many/") for key in keys)
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(picture)
    (tmp_path / "names.txt").write_text("\n".join(names))
    pomona("run", tmp_path / "names.txt", "--out", tmp_path / "p", *args)
    found, wanted = (without_listing(folder_tree(tmp_path / out)) for out in ("o", "p"))
    assert set(found) == set(wanted)
    assert found == wanted


def test_doctor_tells_what_works(pomona, place, server, link):
    env = server.env()
    told = pomona("doctor", place.uri("fruits"), env=env).stdout
    for name in ["credentials", "clock", "endpoint", "list", "read", "write"]:
        assert f"ok    {name}" in told
    assert server.credentials.secret not in told
    checks = json.loads(pomona("doctor", place.uri("x"), "--json", env=env).stdout)
    assert {c["name"]: c["state"] for c in checks}["list"] == "note"
    reader = server.add_user()
    server.allow(place.name, reader)
    told = pomona("doctor", place.uri("fruits"), env=server.env(reader)).stdout
    assert "note  write" in told and "s3:PutObject" in told
    wrong = {**env, "AWS_SECRET_ACCESS_KEY": "wrong"}
    assert "BAD" in pomona("doctor", place.uri("fruits"), env=wrong, code=1).stdout
    link.down()
    gone = pomona("doctor", place.uri("fruits"), env=link.env(), code=1, timeout=200).stdout
    assert "BAD   endpoint" in gone
