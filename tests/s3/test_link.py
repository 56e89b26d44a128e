# SPDX-License-Identifier: Apache-2.0
"""The link of the tests lies as it is told to, and only then."""

import os
import time

import pytest
from arrow_files import arrow, read
from servers import S3Server, ToxicLink


def seconds(action, times=1):
    """The shortest of several, for the machine may be busy."""
    taken = []
    for _ in range(times):
        start = time.monotonic()
        action()
        taken.append(time.monotonic() - start)
    return min(taken)


def test_latency_is_added_to_every_answer(link, s3, bucket):
    s3.client().put(bucket, "key", b"data")
    files = arrow(link)
    head = lambda: files.get_file_info(f"{bucket}/key")  # noqa: E731
    assert seconds(head, 10) < 0.04
    link.latency(50)
    assert 0.05 <= seconds(head, 10) < 0.1
    link.clear()
    assert seconds(head, 10) < 0.04


def test_latency_does_not_add_up_within_an_answer(link, s3, bucket):
    s3.client().put(bucket, "key", os.urandom(4_000_000))
    link.latency(50)
    assert 0.05 <= seconds(lambda: link.client().get(bucket, "key"), 3) < 2


def test_bandwidth(link, s3, bucket):
    s3.client().put(bucket, "key", os.urandom(500_000))
    get = lambda: link.client().get(bucket, "key")  # noqa: E731
    assert seconds(get, 5) < 0.3
    link.bandwidth(1000)
    assert 0.4 < seconds(get, 2) < 2


def test_an_answer_is_cut_in_the_middle(link, s3, bucket):
    s3.client().put(bucket, "key", os.urandom(500_000))
    link.limit_data(100_000)
    with pytest.raises(OSError, match="partial file"):
        read(arrow(link), f"{bucket}/key")
    link.clear()
    assert len(read(arrow(link), f"{bucket}/key")) == 500_000


def test_connections_are_reset_some_of_the_time(link, s3, bucket):
    s3.client().put(bucket, "key", b"data")
    link.reset(toxicity=0.5)
    results = []
    for _ in range(60):
        try:
            results.append(link.client().get(bucket, "key"))
        except ConnectionResetError:
            results.append(None)
    assert 5 < results.count(None) < 55
    assert results.count(None) + results.count(b"data") == 60


def test_silence_is_not_an_end(link, s3, bucket):
    s3.client().put(bucket, "key", b"data")
    link.silence()
    client = link.client()
    client.timeout = 0.5
    with pytest.raises(TimeoutError):
        client.get(bucket, "key")
    with pytest.raises(OSError, match="too slow"):
        read(arrow(link), f"{bucket}/key")
    link.clear()
    assert client.get(bucket, "key") == b"data"


def test_a_link_goes_down_and_comes_up(link, s3, bucket):
    s3.client().put(bucket, "key", b"data")
    link.down()
    with pytest.raises(ConnectionRefusedError):
        link.client().get(bucket, "key")
    link.up()
    assert link.client().get(bucket, "key") == b"data"


def test_the_server_behind_a_link_goes_and_comes_back(tmp_path):
    with S3Server(tmp_path / "s3") as server, ToxicLink(tmp_path / "link", server) as link:
        server.make_bucket("bucket")
        server.kill()
        with pytest.raises(ConnectionError):
            link.client().keys("bucket")
        server.start()
        assert link.client().keys("bucket") == []
        assert link.env()["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{link.port}"
