# SPDX-License-Identifier: Apache-2.0
"""A program of a user's: one Spark session, several runs. session.py JOB.json

Partitions of 1, 2 and 7; then, for each kind of work, a run in which a worker is killed (-9)
while it holds a task. Prints what Spark's REST API says, as JSON.
"""

import json
import os
import signal
import sys
import threading
import time
import urllib.request
from pathlib import Path

from pomona.spark import SparkCluster
from pyspark.sql import SparkSession

import pomona


class Murderous(SparkCluster):
    """Stops a worker before `victim`'s stage, so that its tasks cannot end; kills it then."""

    def __init__(self, spark, work, pid):
        super().__init__(spark, partitions=3)
        self.work, self.pid = work, pid

    def compute(self, work, spec, pieces, done, stopped):
        if work != self.work:
            return super().compute(work, spec, pieces, done, stopped)
        wait_for_executors(self._context, 2)
        os.killpg(self.pid, signal.SIGSTOP)
        threading.Timer(2, os.killpg, (self.pid, signal.SIGKILL)).start()
        return super().compute(work, spec, pieces, done, stopped)


def host_of_task(_):
    time.sleep(0.3)  # so that one executor cannot take both
    return os.getppid()


def daemon_of_task(_):
    """Threads of the process that forks Python workers; whether it and we hold Pomona."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in (os.getppid(), os.getpid())]
    threads = len(os.listdir(f"/proc/{os.getppid()}/task"))
    return [threads, *("pomona/_core" in text for text in maps)]


def wait_for_executors(context, count):
    """Until so many take tasks: Spark counts one before it offers tasks to it."""
    tasks = context.parallelize(range(count), count).map(host_of_task)
    while len(set(tasks.collect())) != count:
        pass


def main(job):
    spark = SparkSession.builder.master(job["master"]).appName("session").getOrCreate()
    wait_for_executors(spark.sparkContext, 2)
    settings = job["settings"]
    for count in (1, 2, 7):
        cluster = SparkCluster(spark, partitions=count)
        pomona.run(job["source"], f"{job['out']}/{count}", cluster=cluster, **settings)
    daemons = spark.sparkContext.parallelize([0], 1).map(daemon_of_task).collect()
    for work in ("extract", "moments", "merge", "transform"):
        cluster = Murderous(spark, work, int(ask("worker to kill")))
        pomona.run(job["source"], f"{job['out']}/{work}", cluster=cluster, **settings)
    context = spark.sparkContext
    app = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}"
    rest = {name: get(f"{app}/{name}") for name in ("jobs", "stages")}
    print(json.dumps({**rest, "daemon": daemons[0]}), flush=True)
    spark.stop()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def ask(question):
    print(question, flush=True)
    return sys.stdin.readline()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
