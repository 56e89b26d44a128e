# SPDX-License-Identifier: Apache-2.0
"""The metadata service of an EC2 machine, version 2 only: what a role's credentials come from."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

ROLE = "pomona-role"
ROLES = "/latest/meta-data/iam/security-credentials/"


@contextmanager
def metadata_service(credentials):
    """Its address, and the list of the paths that it was asked for with a token."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.answer(200 if self.path == "/latest/api/token" else 404, "a-token")

        def do_GET(self):
            if self.headers.get("x-aws-ec2-metadata-token") != "a-token":
                return self.answer(401, "")
            asked.append(self.path)
            secrets = {
                "Code": "Success",
                "AccessKeyId": credentials.access,
                "SecretAccessKey": credentials.secret,
                "Token": "",
                "Expiration": "2099-01-01T00:00:00Z",
            }
            known = {ROLES.rstrip("/"): ROLE, ROLES + ROLE: json.dumps(secrets)}
            text = known.get(self.path.rstrip("/"))
            return self.answer(404 if text is None else 200, text or "")

        def answer(self, status, text):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
