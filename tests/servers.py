# SPDX-License-Identifier: Apache-2.0
"""Real servers for tests: an S3 server (versitygw) and a link that lies (toxiproxy).

Built by scripts/tools.sh; on loopback; see server_process.py for how they start and end."""

import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import subprocess
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import escape

from s3_client import Credentials, S3Client
from server_process import Server, free_port, tool

REGION = "us-east-1"
Request = namedtuple("Request", "operation bucket key status code")
_LOG_LINE = re.compile(r"\S+ \S+ \[[^]]+\] \S+ \S+ \S+ (\S+) .* (/\S*) (\d{3}) (\S+) \d+ ")
ALL_ACTIONS = ["s3:*"]
READ_ACTIONS = ["s3:GetObject", "s3:ListBucket"]


def new_credentials() -> Credentials:
    return Credentials("TEST" + secrets.token_hex(8).upper(), secrets.token_hex(20))


@dataclass(frozen=True)
class Certificates:
    """PEM files of a server for 127.0.0.1 and localhost, and of the authority that signed it."""

    ca: Path
    cert: Path
    key: Path


def make_certificates(folder) -> Certificates:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    for step in [
        f"req -x509 {new_key} -days 2 -subj /CN=tests -keyout ca.key -out ca.pem",
        f"req -new {new_key} -subj /CN=127.0.0.1 -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile names -out server.pem",
    ]:
        command = ["openssl", *step.split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")


@contextmanager
def small_disk(folder, megabytes: int):
    """A folder that is full soon: a file system of its own. PermissionError where the machine
    lets nobody, or not this user, mount one."""
    image, mounted = Path(folder) / "disk.img", Path(folder) / "disk"
    mounted.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    make = ["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", str(image)]
    env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    subprocess.run(make, check=True, capture_output=True, env=env)
    mount = ["mount", "-o", "loop", str(image), str(mounted)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def endpoint_env(url: str, credentials: Credentials | None) -> dict[str, str]:
    """What a program needs to find the server, and nothing of this machine's own set-up."""
    env = {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }
    if credentials:
        env["AWS_ACCESS_KEY_ID"] = credentials.access
        env["AWS_SECRET_ACCESS_KEY"] = credentials.secret
    return env


class S3Server(Server):
    """versitygw over a folder: buckets are folders of `root`, objects are files.

    `root` may be given, for example on a small disk; its file system must know extended
    attributes. `keep_alive` lets one connection carry many requests, as Amazon does; it is for
    tests that only read through Arrow: its uploads are HTTP-chunked, versitygw leaves their last
    bytes on the connection, and the next request there gets a 400 (v1.8.0)."""

    name = "versitygw"

    def __init__(self, folder, root=None, certificates=None, keep_alive=False):
        super().__init__(folder)
        self.root = Path(root) if root else self.folder / "buckets"
        self.users = self.folder / "users"
        for path in [self.root, self.users]:
            path.mkdir(exist_ok=True)
        self.access_log = self.folder / "access.log"
        self.certificates = certificates
        self.keep_alive = keep_alive
        self.credentials = new_credentials()
        self.url = f"{'https' if certificates else 'http'}://127.0.0.1:{self.port}"

    def command(self):
        command = [tool("versitygw"), "--port", f"127.0.0.1:{self.port}", "--region", REGION]
        command += ["--iam-dir", str(self.users), "--quiet", "--access-log", str(self.access_log)]
        if self.keep_alive:
            command.append("--keep-alive")
        if self.certificates:
            command += ["--cert", str(self.certificates.cert), "--key", str(self.certificates.key)]
        return [*command, "posix", str(self.root)]

    def environment(self):
        root = {
            "ROOT_ACCESS_KEY_ID": self.credentials.access,
            "ROOT_SECRET_ACCESS_KEY": self.credentials.secret,
        }
        return {**os.environ, **root}

    def answers(self):
        return self.client().request("GET").status == 200

    def client(self, credentials=None) -> S3Client:
        """Signed by the owner of everything unless `credentials` are given."""
        ca = self.certificates.ca if self.certificates else None
        return S3Client(self.url, credentials or self.credentials, REGION, ca)

    def anonymous(self) -> S3Client:
        return S3Client(self.url, None, REGION, self.certificates and self.certificates.ca)

    def env(self, credentials=None) -> dict[str, str]:
        return endpoint_env(self.url, credentials or self.credentials)

    def make_bucket(self, bucket: str):
        self.client().must("PUT", bucket)

    def put_folder(self, bucket: str, prefix: str, folder) -> list[str]:
        """Lays the files of `folder` as objects `prefix`/path and returns their keys. Written
        behind the server's back, for speed: ETag and listing are those of a PUT; LastModified is
        the file's own time; there is no stored checksum."""
        base = self.root / bucket / prefix.strip("/")
        keys = []
        for file in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            target = base / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            _set_etag(target, file.read_bytes())
            times = file.stat()
            os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
            keys.append(target.relative_to(self.root / bucket).as_posix())
        return keys

    def put_copies(self, bucket: str, keys, data: bytes):
        """Lays one object under many keys, thousands in a second: they are links to few files."""
        source = None
        for number, key in enumerate(keys):
            target = self.root / bucket / key
            target.parent.mkdir(parents=True, exist_ok=True)
            if number % 30_000:  # a file of ext4 has at most 65,000 names
                os.link(source, target)
            else:
                source = target
                target.write_bytes(data)
                _set_etag(target, data)

    def objects(self, bucket: str, prefix="") -> dict[str, bytes]:
        client = self.client()
        return {key: client.get(bucket, key) for key in client.keys(bucket, prefix)}

    def add_user(self) -> Credentials:
        """Someone who may do nothing until allow()."""
        user = new_credentials()
        fields = {"Access": user.access, "Secret": user.secret, "Role": "user"}
        fields |= {"UserID": "0", "GroupID": "0", "ProjectID": "0"}
        xml = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        body = f"<Account>{xml}</Account>".encode()
        self.client().must("PATCH", "create-user", body=body)
        return user

    def allow(self, bucket: str, who: Credentials | None, actions=READ_ACTIONS, prefix=""):
        """The one policy of the bucket: `who` (None: everybody) may do `actions`."""
        resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{prefix}*"]
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": [who.access]} if who else "*",
            "Action": actions,
            "Resource": resources,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()
        self.client().must("PUT", bucket, query={"policy": ""}, body=policy)

    def requests(self) -> list[Request]:
        """What the server was asked since it was made, in the order of its answers."""
        lines = self.access_log.read_text(errors="replace").splitlines()
        return [_request(found) for found in map(_LOG_LINE.match, lines) if found]


def _request(found: re.Match) -> Request:
    """The key as the client wrote it: the log has spaces in its own field for it."""
    operation, uri, status, code = found.groups()
    bucket, _, key = unquote(uri.partition("?")[0]).removeprefix("/").partition("/")
    return Request(operation, bucket, key, int(status), "" if code == "-" else code)


def _set_etag(file: Path, data: bytes):
    """As versitygw stores it with an object."""
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    os.setxattr(file, "user.etag", f'"{etag}"'.encode())


class ToxicLink(Server):
    """toxiproxy in front of `server`: a link that is slow, cut or down, at once and for as long as
    a test wants. Toxics act on the answers unless `stream` is "upstream". Whether one is active
    is drawn for each connection (`toxicity`, a probability), not for each request."""

    name = "toxiproxy"

    def __init__(self, folder, server: S3Server):
        super().__init__(folder)
        self.server = server
        self.api_port = free_port()
        self.url = server.url.replace(str(server.port), str(self.port))

    def command(self):
        return [tool("toxiproxy-server"), "-host", "127.0.0.1", "-port", str(self.api_port)]

    def answers(self):
        proxy = {
            "name": "s3",
            "listen": f"127.0.0.1:{self.port}",
            "upstream": f"127.0.0.1:{self.server.port}",
            "enabled": True,
        }
        self._api("POST", "/proxies", proxy)
        return True

    def env(self, credentials=None) -> dict[str, str]:
        return endpoint_env(self.url, credentials or self.server.credentials)

    def client(self, credentials=None) -> S3Client:
        ca = self.server.certificates and self.server.certificates.ca
        return S3Client(self.url, credentials or self.server.credentials, REGION, ca)

    def latency(self, ms: int, jitter=0, toxicity=1.0, stream="downstream"):
        self._add("latency", {"latency": ms, "jitter": jitter}, toxicity, stream)

    def bandwidth(self, kilobytes_per_second: int, toxicity=1.0, stream="downstream"):
        self._add("bandwidth", {"rate": kilobytes_per_second}, toxicity, stream)

    def limit_data(self, octets: int, toxicity=1.0, stream="downstream"):
        """Closes a connection after so many bytes: a body that ends in the middle."""
        self._add("limit_data", {"bytes": octets}, toxicity, stream)

    def reset(self, toxicity=1.0, after_ms=0, stream="downstream"):
        """Resets a connection when the first bytes come."""
        self._add("reset_peer", {"timeout": after_ms}, toxicity, stream)

    def silence(self, toxicity=1.0, stream="downstream"):
        """Lets nothing through for an hour and closes nothing. (Toxiproxy's own "timeout" closes
        with the other side, and versitygw closes after every answer.)"""
        self._add("latency", {"latency": 3_600_000}, toxicity, stream, "silence")

    def clear(self):
        """Takes all toxics away, and brings the link up."""
        self._api("POST", "/reset")

    def down(self):
        """Open connections end, new ones are refused."""
        self._api("POST", "/proxies/s3", {"enabled": False})

    def up(self):
        self._api("POST", "/proxies/s3", {"enabled": True})

    def _add(self, kind, attributes, toxicity, stream, name=None):
        toxic = {"name": f"{name or kind}-{stream}", "type": kind, "stream": stream}
        toxic |= {"toxicity": toxicity, "attributes": attributes}
        self._api("POST", "/proxies/s3/toxics", toxic)

    def _api(self, method, path, value=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=10)
        try:
            body = None if value is None else json.dumps(value)
            connection.request(method, path, body=body)
            response = connection.getresponse()
            text = response.read()
            assert response.status < 300, f"toxiproxy: {method} {path}: {text.decode()}"
        finally:
            connection.close()
