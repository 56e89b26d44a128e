# SPDX-License-Identifier: Apache-2.0
"""A few S3 requests signed by hand (Signature Version 4), so that tests of Pomona's S3 do not
look at the server through the library that they test."""

import hashlib
import hmac
import http.client
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(frozen=True)
class Credentials:
    access: str
    secret: str


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def code(self) -> str:
        """S3's word for the error, such as NoSuchKey; empty where the response has none."""
        found = ElementTree.fromstring(self.body).findtext("Code") if self.body else None
        return found or ""

    def xml(self) -> ElementTree.Element:
        """The body, its names without S3's namespace (servers differ in whether they write it)."""
        root = ElementTree.fromstring(self.body)
        for element in root.iter():
            element.tag = element.tag.removeprefix(NAMESPACE)
        return root


def canonical_query(query: dict[str, str]) -> str:
    return "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(query.items()))


def sign(method, host, path, query, headers, payload_hash, credentials, region, now):
    """The headers of a request with those that sign it; `path` is encoded already."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    signed = {k.lower(): " ".join(v.split()) for k, v in headers.items()}
    signed |= {"host": host, "x-amz-date": stamp, "x-amz-content-sha256": payload_hash}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = "\n".join([method, path, canonical_query(query), lines, names, payload_hash])
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, digest])
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return {**signed, "authorization": authorization}


class S3Client:
    """Requests to one server, path style, each over a connection of its own, never repeated.
    Without credentials they are anonymous. May be used from several threads."""

    def __init__(self, url, credentials=None, region="us-east-1", ca=None, timeout=30):
        self.url = urlsplit(url)
        self.credentials = credentials
        self.region = region
        self.timeout = timeout
        self.tls = ssl.create_default_context(cafile=ca) if self.url.scheme == "https" else None

    def request(self, method, bucket="", key="", query=None, headers=None, body=b"") -> Response:
        query = query or {}
        path = "/" + quote(f"{bucket}/{key}" if key else bucket, safe="/~")
        headers = dict(headers or {})
        if self.credentials:
            payload = hashlib.sha256(body).hexdigest()
            now = datetime.now(UTC)
            args = (payload, self.credentials, self.region, now)
            headers = sign(method, self.url.netloc, path, query, headers, *args)
        target = f"{path}?{canonical_query(query)}" if query else path
        connection = self._connect()
        try:
            connection.request(method, target, body=body or None, headers=headers)
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname, self.url.port
        if self.tls:
            return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=self.tls)
        return http.client.HTTPConnection(host, port, timeout=self.timeout)

    def must(self, *args, **kwargs) -> Response:
        response = self.request(*args, **kwargs)
        assert response.status < 300, f"{args}: {response.status} {response.body[:500]!r}"
        return response

    def pages(self, bucket, prefix="", **query):
        """The pages of ListObjectsV2, each as XML; `query` with _ for - in its names."""
        query = {name.replace("_", "-"): str(value) for name, value in query.items()}
        query |= {"list-type": "2", "prefix": prefix}
        while True:
            page = self.must("GET", bucket, query=query).xml()
            yield page
            token = page.findtext("NextContinuationToken")
            if page.findtext("IsTruncated") != "true":
                return
            query["continuation-token"] = token

    def keys(self, bucket, prefix="", **query) -> list[str]:
        pages = self.pages(bucket, prefix, **query)
        return [item.findtext("Key") for page in pages for item in page.iter("Contents")]

    def get(self, bucket, key) -> bytes:
        return self.must("GET", bucket, key).body

    def put(self, bucket, key, body) -> Response:
        return self.must("PUT", bucket, key, body=body)
