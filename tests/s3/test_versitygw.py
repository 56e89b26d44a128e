# SPDX-License-Identifier: Apache-2.0
"""What the S3 server of the tests honours of the requests that Pomona's own client sends, and
where it is not like Amazon's. A new version of it that differs shows here first."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from arrow_files import arrow, read, write
from servers import S3Server, make_certificates


def put(s3, bucket, key, body, **conditions):
    headers = {name.replace("_", "-"): value for name, value in conditions.items()}
    response = s3.client().request("PUT", bucket, key, headers=headers, body=body)
    return response.status, response.code


def test_put_if_none_match_star(s3, bucket):
    assert put(s3, bucket, "lease", b"1", if_none_match="*") == (200, "")
    assert put(s3, bucket, "lease", b"2", if_none_match="*") == (412, "PreconditionFailed")
    assert s3.objects(bucket) == {"lease": b"1"}
    s3.client().must("DELETE", bucket, "lease")
    assert put(s3, bucket, "lease", b"3", if_none_match="*") == (200, "")


def test_of_many_that_put_if_none_match_one_wins(s3, bucket):
    for round_ in range(10):
        key = f"lease-{round_}"
        with ThreadPoolExecutor(8) as pool:
            puts = [
                pool.submit(put, s3, bucket, key, b"%d" % n, if_none_match="*") for n in range(8)
            ]
            statuses = [future.result()[0] for future in puts]
        assert sorted(statuses) == [200] + [412] * 7
        assert s3.client().get(bucket, key) == b"%d" % statuses.index(200)


def test_put_if_match(s3, bucket):
    etag = s3.client().put(bucket, "key", b"1").etag
    assert put(s3, bucket, "key", b"2", if_match='"0123"') == (412, "PreconditionFailed")
    assert put(s3, bucket, "key", b"2", if_match=etag) == (200, "")
    assert put(s3, bucket, "key", b"3", if_match=etag) == (412, "PreconditionFailed")
    assert put(s3, bucket, "none", b"1", if_match=etag) == (404, "NoSuchKey")
    assert s3.objects(bucket) == {"key": b"2"}


def test_delete_if_match(s3, bucket):
    etag = s3.client().put(bucket, "key", b"1").etag
    headers = {"if-match": '"0123"'}
    assert s3.client().request("DELETE", bucket, "key", headers=headers).status == 412
    assert s3.client().request("DELETE", bucket, "key", headers={"if-match": etag}).status == 204
    assert s3.objects(bucket) == {}


@pytest.mark.parametrize("range_", [None, "bytes=0-3"])
def test_get_if_match(s3, bucket, range_):
    etag = s3.client().put(bucket, "key", b"12345678").etag
    extra = {"range": range_} if range_ else {}
    get = lambda etag: s3.client().request(  # noqa: E731
        "GET", bucket, "key", headers={"if-match": etag, **extra}
    )
    assert get(etag).body == (b"1234" if range_ else b"12345678")
    assert get(etag).etag == etag
    s3.client().put(bucket, "key", b"87654321")
    assert (get(etag).status, get(etag).code) == (412, "PreconditionFailed")


def test_get_if_none_match(s3, bucket):
    etag = s3.client().put(bucket, "key", b"1").etag
    headers = {"if-none-match": etag}
    assert s3.client().request("GET", bucket, "key", headers=headers).status == 304


def start_upload(s3, bucket, key):
    response = s3.client().must("POST", bucket, key, query={"uploads": ""})
    return response.xml().findtext("UploadId")


def uploads(s3, bucket, prefix=""):
    page = s3.client().must("GET", bucket, query={"uploads": "", "prefix": prefix}).xml()
    return [(u.findtext("Key"), u.findtext("UploadId")) for u in page.iter("Upload")]


def test_uploads_are_listed_and_aborted(s3, bucket):
    first, second = (start_upload(s3, bucket, key) for key in ["out/a", "out/b"])
    start_upload(s3, bucket, "other/c")
    part = {"partNumber": "1", "uploadId": first}
    s3.client().must("PUT", bucket, "out/a", query=part, body=b"part")
    assert uploads(s3, bucket, "out/") == [("out/a", first), ("out/b", second)]
    aborted = s3.client().request("DELETE", bucket, "out/a", query={"uploadId": first})
    assert aborted.status == 204
    assert uploads(s3, bucket, "out/") == [("out/b", second)]
    again = s3.client().request("DELETE", bucket, "out/a", query={"uploadId": first})
    assert (again.status, again.code) == (404, "NoSuchUpload")
    assert s3.objects(bucket) == {}


def test_an_upload_completes_if_none_match(s3, bucket):
    upload = start_upload(s3, bucket, "key")
    part = {"partNumber": "1", "uploadId": upload}
    etag = s3.client().must("PUT", bucket, "key", query=part, body=b"part").etag
    s3.client().put(bucket, "key", b"was first")
    body = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    body = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode()
    done = s3.client().request(
        "POST", bucket, "key", query={"uploadId": upload}, headers={"if-none-match": "*"}, body=body
    )
    assert (done.status, done.code) == (412, "PreconditionFailed")
    assert s3.objects(bucket) == {"key": b"was first"}


def test_a_listing_starts_after_a_key(s3, bucket):
    for key in ["a/1", "a/2", "a/3", "b"]:
        s3.client().put(bucket, key, b"")
    assert s3.client().keys(bucket, start_after="a/1") == ["a/2", "a/3", "b"]
    assert s3.client().keys(bucket, start_after="a/1", max_keys=1) == ["a/2", "a/3", "b"]
    assert s3.client().keys(bucket, "a/", start_after="a/15") == ["a/2", "a/3"]
    assert s3.client().keys(bucket, start_after="c") == []


def test_keys_are_listed_in_the_order_of_their_bytes(s3, bucket):
    keys = sorted(["a", "a-b/c", "a.b", "a/b", "a0", "B", "é", "z"], key=str.encode)
    keys.remove("a")  # a file cannot be a folder too
    for key in keys:
        s3.client().put(bucket, key, b"")
    assert s3.client().keys(bucket) == keys
    assert s3.client().keys(bucket, max_keys=2) == keys


def test_encoding_type_url_is_not_honoured(s3, bucket):
    """Amazon would name the EncodingType and encode the keys; here they are XML text."""
    s3.client().put(bucket, "a+ü &.jpg", b"")
    page = next(s3.client().pages(bucket, encoding_type="url"))
    assert not page.findtext("EncodingType")
    assert page.findtext("Contents/Key") == "a+ü &.jpg"


def test_kept_connections_are_for_reading(tmp_path):
    """Why S3Server closes connections unless told otherwise: after an upload of Arrow's, which is
    HTTP-chunked, the next request on the connection is not understood. Over TLS, always."""
    certificates = make_certificates(tmp_path / "certificates")
    with S3Server(tmp_path / "s3", certificates=certificates, keep_alive=True) as server:
        server.make_bucket("kept")
        server.client().put("kept", "key", b"data")
        files = arrow(server, tls_ca_file_path=str(certificates.ca), allow_delayed_open=True)
        assert [read(files, "kept/key") for _ in range(20)] == [b"data"] * 20
        write(files, "kept/new", b"data")
        with pytest.raises(OSError, match="HTTP status 400"):
            write(files, "kept/new", b"data")
