# SPDX-License-Identifier: Apache-2.0
"""Spark standalone, as separate processes: a master, and workers on addresses of loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pyspark

# 24 shards, each a block, in two groups of blocks: every kind of work has several pieces.
ARGS = ["--input-size", "32", "--components", "4", "--shard-size", "2", "--block-shards", "1"]
# The same for pomona.run.
SETTINGS = {"input_size": 32, "components": 4, "shard_size": 2, "block_shards": 1}

SPARK = Path(pyspark.__file__).parent
# Python workers and drivers are this Python, and Spark's own addresses are on loopback.
ENV = {
    **os.environ,
    "SPARK_HOME": str(SPARK),
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_DAEMON_MEMORY": "256m",
    # Many short-lived Java processes: compiling well costs more than it gains.
    "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
# Also where a test run is killed, no Java process is left behind.
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, found, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def get_json(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


class Standalone:
    """A master and what workers are started; stop() ends them by pid."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.port, self.web = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{self.port}"
        place = ["--host", "127.0.0.1", "--port", self.port, "--webui-port", self.web]
        self._start("master", "master.Master", "127.0.0.1", place)
        try:
            wait_for("the master", self._state)
        except AssertionError:
            self.stop()
            raise

    def add_worker(self, host, *, cores=1, memory="1g", env=None, wrap=()):
        """Starts a worker and waits until the master has it; its pid."""
        before = self._alive()
        name = f"worker-{host}-{len(self.processes)}"
        work = self.folder / name
        place = ["--host", host, "--port", 0, "--webui-port", 0, "--work-dir", work]
        size = ["--cores", cores, "--memory", memory, self.url]
        pid = self._start(name, "worker.Worker", host, place + size, env, wrap)
        wait_for(name, lambda: self._alive() - before)
        return pid

    def signal(self, pid, number):
        """To a worker and its executors (not to their Python: that ends by itself)."""
        os.killpg(pid, number)
        if number == signal.SIGKILL:
            self.processes.pop(pid).wait()

    def stop(self):
        for pid in list(self.processes):
            os.killpg(pid, signal.SIGKILL)
            self.processes.pop(pid).wait()

    def _state(self):
        return get_json(f"http://127.0.0.1:{self.web}/json/")

    def _alive(self):
        workers = (self._state() or {}).get("workers", [])
        return {worker["id"] for worker in workers if worker["state"] == "ALIVE"}

    def _start(self, name, kind, host, arguments, env=None, wrap=()):
        command = [SPARK / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", *arguments]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*DIES_WITH_US, *wrap, *map(str, command)],
                env={**ENV, "SPARK_LOCAL_IP": host, **(env or {})},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[process.pid] = process
        return process.pid
