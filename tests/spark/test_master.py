# SPDX-License-Identifier: Apache-2.0
"""What is learned from the master's page, before Spark waits for ever."""

import http.server
import threading
import time
from pathlib import Path

import pyspark
import pytest
from pomona.spark import SparkCluster, WorkerError
from pomona.spark.master import MasterPage, mebibytes, release, too_old, wrong_version
from standalone import ENV, free_port

OLD_PAGE = Path(__file__).with_name("pages") / "master-3.5.3.html"  # of a real one, its head


def test_a_masters_page_is_read(cluster):
    page = MasterPage(cluster.url, {"spark.master.ui.port": str(cluster.web)})
    assert page.version() == pyspark.__version__
    workers = page.workers()
    assert sorted(worker["host"] for worker in workers) == ["127.0.0.1", "127.0.0.2"]
    assert {(worker["cores"], worker["memory"]) for worker in workers} == {(1, 1024)}
    assert wrong_version(cluster.url, {"spark.master.ui.port": str(cluster.web)}) == ""


@pytest.mark.parametrize("master", ["local[2]", "yarn", f"spark://127.0.0.1:{free_port()}"])
def test_where_there_is_no_page_nothing_is_said(master):
    page = MasterPage(master, {"spark.master.ui.port": str(free_port())})
    assert page.version() is None
    assert page.workers() is None


def test_the_page_of_another_master_is_not_believed(cluster):
    page = MasterPage("spark://127.0.0.1:1", {"spark.master.ui.port": str(cluster.web)})
    assert page.version() is None
    assert page.workers() is None


@pytest.fixture
def old_master():
    """The port of what looks like a master of Spark 3.5.3 to whoever connects."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = OLD_PAGE.read_text().replace("56817", str(self.server.server_port))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_master_of_another_version_is_named_at_once(pomona, fruits, tmp_path, old_master):
    out = tmp_path / "out"
    args = ["--out", out, "--engine", "spark", "--master", f"spark://127.0.0.1:{old_master}"]
    args += ["--conf", f"spark.master.ui.port={old_master}"]
    start = time.monotonic()
    done = pomona("run", fruits, *args, env=ENV, code=1)
    assert time.monotonic() - start < 30  # Spark itself tries for a minute
    assert f"runs Spark 3.5.3, this PySpark is {pyspark.__version__}" in done.stderr
    assert "Pomona needs Spark 4.1 or later" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_spark_that_can_be_installed_is_told_how(old_master, monkeypatch):
    monkeypatch.setattr(pyspark, "__version__", "4.2.1")
    page = OLD_PAGE.read_text().replace("3.5.3", "4.1.0")
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: page)
    told = wrong_version(
        f"spark://127.0.0.1:{old_master}", {"spark.master.ui.port": str(old_master)}
    )
    assert "runs Spark 4.1.0, this PySpark is 4.2.1" in told
    assert "pip install 'pyspark==4.1.*'" in told


def test_a_session_of_another_version_is_refused(spark, monkeypatch):
    monkeypatch.setattr(pyspark, "__version__", "4.1.2")
    with pytest.raises(WorkerError, match=r"PySpark is 4\.1\.2, but the Spark that it started is"):
        SparkCluster(spark)
    monkeypatch.setattr(pyspark, "__version__", "3.5.3")
    with pytest.raises(WorkerError, match=r"PySpark is 3\.5\.3, Pomona needs 4\.1 or later"):
        SparkCluster(spark)


def test_versions():
    assert release("4.3.0") == (4, 3) == release("4.3.1.dev0")
    assert too_old("4.0.9") and not too_old("4.1.0")


@pytest.mark.parametrize(
    ("text", "found"),
    [("1g", 1024), ("512", 512), ("900G", 921600), ("1024k", 1), ("2gb", 2048), ("much", 0)],
)
def test_memory_settings(text, found):
    assert mebibytes(text) == found
