# SPDX-License-Identifier: Apache-2.0
"""Arrow's S3 file system on a test server, and the two things that tests do with it."""

from pyarrow import fs

NO_RETRIES = fs.AwsStandardS3RetryStrategy(max_attempts=1)


def arrow(server, credentials=None, anonymous=False, **options):
    """Of a server or a link to one, as its owner unless told otherwise."""
    scheme, endpoint = server.url.split("://")
    if not anonymous:
        who = credentials or getattr(server, "server", server).credentials
        options |= {"access_key": who.access, "secret_key": who.secret}
    where = {"scheme": scheme, "endpoint_override": endpoint, "region": "us-east-1"}
    return fs.S3FileSystem(**where, anonymous=anonymous, retry_strategy=NO_RETRIES, **options)


def write(files, path, data):
    with files.open_output_stream(path) as out:
        out.write(data)


def read(files, path):
    with files.open_input_stream(path) as source:
        return source.read()
