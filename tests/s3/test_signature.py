# SPDX-License-Identifier: Apache-2.0
"""The tests' own signer against the examples in Amazon's description of Signature Version 4."""

import hashlib
from datetime import UTC, datetime

import pytest
from s3_client import Credentials, sign

WHO = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
WHEN = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"

PUT_HEADERS = {
    "Date": "Fri, 24 May 2013 00:00:00 GMT",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
}
EXAMPLES = [
    (
        ("GET", "/test.txt", {}, {"Range": "bytes=0-9"}, b""),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        ("PUT", "/test%24file.text", {}, PUT_HEADERS, b"Welcome to Amazon S3."),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        ("GET", "/", {"lifecycle": ""}, {}, b""),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        ("GET", "/", {"max-keys": "2", "prefix": "J"}, {}, b""),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


@pytest.mark.parametrize(("request_", "signature"), EXAMPLES)
def test_signature(request_, signature):
    method, path, query, headers, body = request_
    payload = hashlib.sha256(body).hexdigest()
    signed = sign(method, HOST, path, query, headers, payload, WHO, "us-east-1", WHEN)
    assert signed["authorization"].endswith(f"Signature={signature}")
