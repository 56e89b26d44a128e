# SPDX-License-Identifier: Apache-2.0
"""Sources and destinations on an S3 server, for tests that run the program there."""

import itertools
from pathlib import Path

ARGS = ["--input-size", "32", "--components", "4", "--shard-size", "16", "--block-shards", "2"]


class Bucket:
    """Addresses and contents of one bucket, for tests that run the program on it."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.numbers = itertools.count()

    def uri(self, prefix=""):
        return f"s3://{self.name}/{prefix}"

    def new_uri(self):
        return self.uri(f"out-{next(self.numbers)}")

    def files(self, uri):
        """What lies below an address: relative path to bytes."""
        prefix = uri.removeprefix(self.uri()).rstrip("/") + "/"
        objects = self.server.objects(self.name, prefix)
        return {key.removeprefix(prefix): data for key, data in objects.items()}

    def tree(self, uri):
        """What must repeat: everything but manifest.json and events/."""
        return {
            path: data
            for path, data in self.files(uri).items()
            if path != "manifest.json" and not path.startswith("events/")
        }


def folder_tree(folder):
    folder = Path(folder)
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    return {
        path: data
        for path, data in files.items()
        if path != "manifest.json" and not path.startswith("events/")
    }
