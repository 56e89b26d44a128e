# SPDX-License-Identifier: Apache-2.0
"""The Spark engine from bucket to bucket: what each of its processes reads and writes is S3."""

import hashlib

from standalone import ARGS, ENV


def test_bucket_to_bucket_leaves_the_tree_of_the_local_engine(
    pomona, cluster, fruits, local_tree, s3, bucket
):
    s3.put_folder(bucket, "fruits", fruits)
    # A test's way to give workers credentials: real ones have roles.
    workers = [f"--conf=spark.executorEnv.{name}={value}" for name, value in s3.env().items()]
    pomona(
        "run",
        f"s3://{bucket}/fruits",
        "--out",
        f"s3://{bucket}/out",
        *ARGS,
        *["--engine", "spark", "--master", cluster.url, *workers],
        env={**ENV, **s3.env()},
    )
    objects = s3.objects(bucket, "out/")
    found = {key.removeprefix("out/"): data for key, data in objects.items()}
    for key, data in found.items():
        assert s3.credentials.secret.encode() not in data, key
    hashes = {key: hashlib.sha256(data).hexdigest() for key, data in found.items()}
    # Times of the listing are the source's own.
    same = {key for key in local_tree if not key.startswith("listing/")}
    assert {key: hashes[key] for key in same} == {key: local_tree[key] for key in same}
    kept = {key for key in hashes if not key.startswith(("events/", "listing/"))}
    assert kept == same | {"manifest.json"}
