# SPDX-License-Identifier: Apache-2.0
"""The C++ tests that need an S3 server."""

import subprocess
import threading
import time

from harness import ROOT
from servers import S3Server, make_certificates

TESTS = ROOT / "build" / "dev" / "bin" / "pomona_store_test"


def run(server, bucket, pattern, **env):
    env = {
        **server.env(),
        "POMONA_TEST_S3_ENDPOINT": server.url.split("://")[1],
        "POMONA_TEST_S3_BUCKET": bucket,
        **env,
    }
    done = subprocess.run(
        [TESTS, f"--gtest_filter={pattern}", "--gtest_brief=1"],
        capture_output=True,
        text=True,
        timeout=300,
        env=env,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ]" in done.stdout and "0 tests" not in done.stdout


def test_the_client_does_what_it_says(s3, bucket):
    run(s3, bucket, "LiveS3.*-*NotTrusted*:*Restart*")


def test_the_client_trusts_only_its_certificates(tmp_path):
    certificates = make_certificates(tmp_path / "certificates")
    with S3Server(tmp_path / "s3", certificates=certificates) as server:
        server.make_bucket("fruits")
        run(server, "fruits", "LiveS3.*NotTrusted*", POMONA_TEST_S3_CA=str(certificates.ca))


def test_reads_outlast_a_restart(tmp_path):
    asked, done = tmp_path / "asked", tmp_path / "done"
    with S3Server(tmp_path / "s3") as server:
        server.make_bucket("fruits")

        def restart():
            while not asked.exists():
                time.sleep(0.01)
            server.kill()
            done.touch()
            time.sleep(8)
            server.start()

        watch = threading.Thread(target=restart)
        watch.start()
        wait = f"touch {asked}; while [ ! -e {done} ]; do sleep 0.05; done"
        run(server, "fruits", "LiveS3.*Restart*", POMONA_TEST_S3_RESTART=wait)
        watch.join()


def test_the_byte_store_keeps_its_contract(s3, bucket):
    run(s3, bucket, "LiveS3/ByteStoreContract*:LiveS3Store*")
