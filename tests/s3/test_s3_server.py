# SPDX-License-Identifier: Apache-2.0
"""The S3 server of the tests, seen by Arrow and by a client of our own."""

import hashlib
import os
import subprocess
import sys

import pytest
from arrow_files import arrow, read, write
from harness import pick
from pyarrow import fs
from s3_client import Credentials
from servers import ALL_ACTIONS, S3Server, ToxicLink, make_certificates

PART = 5 * 1024 * 1024


def test_arrow_puts_gets_and_lists(s3, bucket):
    files = arrow(s3)
    write(files, f"{bucket}/a b/ü+.jpg", b"picture")
    write(files, f"{bucket}/c", b"")
    assert read(files, f"{bucket}/a b/ü+.jpg") == b"picture"
    listed = files.get_file_info(fs.FileSelector(bucket, recursive=True))
    found = {info.path: info.size for info in listed if info.is_file}
    assert found == {f"{bucket}/a b/ü+.jpg": 7, f"{bucket}/c": 0}
    assert s3.objects(bucket) == {"a b/ü+.jpg": b"picture", "c": b""}
    files.delete_file(f"{bucket}/c")
    assert s3.objects(bucket, "c") == {}


def test_arrow_uploads_in_parts(s3, bucket):
    data = os.urandom(3 * PART)
    with arrow(s3).open_output_stream(f"{bucket}/large", buffer_size=PART) as out:
        for start in range(0, len(data), PART):
            out.write(data[start : start + PART])
    head = s3.client().must("HEAD", bucket, "large")
    count = int(head.etag.strip('"').rpartition("-")[2])
    assert count > 1
    assert hashlib.sha256(s3.objects(bucket)["large"]).digest() == hashlib.sha256(data).digest()


def test_the_environment_is_enough(s3, bucket):
    """For what reads AWS_ENDPOINT_URL: Arrow's options from a URI do, pyarrow's S3FileSystem()
    without endpoint_override does not."""
    s3.client().put(bucket, "key", b"found")
    script = (
        "import sys; from pyarrow import fs\n"
        "files, path = fs.FileSystem.from_uri(sys.argv[1])\n"
        "print(files.open_input_stream(path).read().decode())\n"
    )
    command = [sys.executable, "-c", script, f"s3://{bucket}/key"]
    env = {"PATH": os.environ["PATH"], **s3.env()}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "found\n"


def listing(client, bucket):
    """Key -> what the listing says of it, but the time."""
    entries = [item for page in client.pages(bucket) for item in page.iter("Contents")]
    return {
        entry.findtext("Key"): {e.tag: e.text for e in entry if e.tag != "LastModified"}
        for entry in entries
    }


def test_a_folder_laid_directly_is_as_if_it_was_put(s3, bucket, tmp_path):
    folder = pick(tmp_path / "fruits", 3)
    keys = s3.put_folder(bucket, "laid", folder)
    for key in keys:
        data = (folder / key.removeprefix("laid/")).read_bytes()
        s3.client().put(bucket, key.replace("laid/", "put/", 1), data)
    found = listing(s3.client(), bucket)
    assert len(keys) == 6 and len(found) == 12
    for key in keys:
        same = key.replace("laid/", "put/", 1)
        assert s3.client().get(bucket, key) == s3.client().get(bucket, same)
        heads = [s3.client().must("HEAD", bucket, k) for k in [key, same]]
        assert heads[0].etag == heads[1].etag
        for entry in [found[key], found[same]]:
            del entry["Key"]
            entry.pop("ChecksumAlgorithm", None)
            entry.pop("ChecksumType", None)
        assert found[key] == found[same]


def test_many_copies_are_listed_by_pages(s3, bucket):
    keys = [f"f/{n:05}.jpg" for n in range(2500)]
    s3.put_copies(bucket, keys, b"same")
    pages = list(s3.client().pages(bucket))
    assert [int(page.findtext("KeyCount")) for page in pages] == [1000, 1000, 500]
    assert s3.client().keys(bucket) == keys
    s3.client().put(bucket, keys[7], b"other")
    assert [s3.client().get(bucket, key) for key in keys[6:9]] == [b"same", b"other", b"same"]


def test_requests_are_counted(s3, bucket):
    write(arrow(s3, allow_delayed_open=True), f"{bucket}/a b/1+1.jpg", b"picture")
    s3.client().request("GET", bucket, "missing")
    found = [r for r in s3.requests() if r.bucket == bucket][1:]
    assert [(r.operation, r.key, r.status, r.code) for r in found] == [
        ("s3_PutObject", "a b/1+1.jpg", 200, ""),
        ("s3_GetObject", "missing", 404, "NoSuchKey"),
    ]


def test_a_wrong_secret_is_refused(s3, bucket):
    s3.client().put(bucket, "key", b"secret")
    wrong = Credentials(s3.credentials.access, "0" * 40)
    response = s3.client(wrong).request("GET", bucket, "key")
    assert (response.status, response.code) == (403, "SignatureDoesNotMatch")
    with pytest.raises(OSError, match="ACCESS_DENIED"):
        read(arrow(s3, wrong), f"{bucket}/key")
    unknown = s3.client(Credentials("NOBODY", "0" * 40)).request("GET", bucket, "key")
    assert (unknown.status, unknown.code) == (403, "InvalidAccessKeyId")


def test_a_user_may_do_what_the_policy_says(s3, bucket):
    s3.client().put(bucket, "in/key", b"data")
    user = s3.add_user()
    assert s3.client(user).request("GET", bucket, "in/key").code == "AccessDenied"
    s3.allow(bucket, user)
    files = arrow(s3, user)
    assert read(files, f"{bucket}/in/key") == b"data"
    assert s3.client(user).keys(bucket) == ["in/key"]
    assert s3.client(user).request("PUT", bucket, "in/new", body=b"x").status == 403
    assert s3.client(user).request("DELETE", bucket, "in/key").status == 403
    with pytest.raises(OSError, match="ACCESS_DENIED"):
        write(files, f"{bucket}/in/new", b"x")
    assert s3.objects(bucket) == {"in/key": b"data"}
    s3.allow(bucket, user, ALL_ACTIONS, prefix="out/")
    assert s3.client(user).request("PUT", bucket, "out/new", body=b"x").status == 200
    assert s3.client(user).request("PUT", bucket, "in/new", body=b"x").status == 403


def test_a_bucket_may_be_open_to_everybody(s3, bucket):
    s3.client().put(bucket, "key", b"data")
    assert s3.anonymous().request("GET", bucket, "key").status == 403
    s3.allow(bucket, None)
    assert s3.anonymous().get(bucket, "key") == b"data"
    assert read(arrow(s3, anonymous=True), f"{bucket}/key") == b"data"
    assert s3.anonymous().request("PUT", bucket, "key", body=b"x").status == 403


def test_a_full_disk_is_told_and_does_no_harm(tmp_path, tiny_disk):
    with S3Server(tmp_path / "s3", root=tiny_disk) as server:
        client = server.client()
        server.make_bucket("full")
        client.put("full", "fits", bytes(10_000_000))
        refused = client.request("PUT", "full", "more", body=bytes(10_000_000))
        assert (refused.status, refused.code) == (507, "InsufficientStorage")
        assert client.keys("full") == ["fits"]
        client.must("DELETE", "full", "fits")
        client.put("full", "more", bytes(10_000_000))


def test_tls(tmp_path):
    certificates = make_certificates(tmp_path / "certificates")
    with S3Server(tmp_path / "s3", certificates=certificates) as server:
        assert server.url.startswith("https://")
        server.make_bucket("safe")
        files = arrow(server, tls_ca_file_path=str(certificates.ca))
        write(files, "safe/key", b"data")
        assert read(files, "safe/key") == b"data"
        with pytest.raises(OSError, match=r"(?i)certificate"):
            read(arrow(server), "safe/key")
        with ToxicLink(tmp_path / "link", server) as link:
            assert read(arrow(link, tls_ca_file_path=str(certificates.ca)), "safe/key") == b"data"
