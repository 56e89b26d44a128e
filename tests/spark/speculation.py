# SPDX-License-Identifier: Apache-2.0
"""A run in which every stage has a task that Spark computes twice. speculation.py JOB.json

A Python worker is stopped before each stage, so that Spark launches a copy of its task on the
other executor; once the stage has ended it goes on and writes what its copy has written already.
Prints, for each stage, the files that were written twice.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from pomona.spark import SparkCluster
from pyspark.sql import SparkSession

import pomona

CONF = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.4",
    "spark.speculation.multiplier": "1.01",
    "spark.speculation.minTaskRuntime": "1s",
    # The losing copy is not killed, however slow it is.
    "spark.python.task.killTimeout": "300s",
}
FOLDERS = {"extract": "features", "moments": "moments", "merge": "merge", "transform": "reduced"}


def pid_of_task(_):
    time.sleep(0.3)  # so that one executor cannot take both
    return os.getpid()


class Slow(SparkCluster):
    """Holds one Python worker during each stage."""

    def __init__(self, spark, out):
        super().__init__(spark, partitions=4)
        self.out = Path(out)

    def compute(self, work, spec, pieces, done, stopped):
        pids = self.settled_workers()
        os.kill(pids[0], signal.SIGSTOP)
        super().compute(work, spec, pieces, done, stopped)
        before = self.inodes(work)
        os.kill(pids[0], signal.SIGCONT)
        end = time.monotonic() + 30
        while (after := self.inodes(work)) == before and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)  # a task has several files
        print(json.dumps({work: sorted(after.items() - before.items())}), flush=True)

    def settled_workers(self):
        """The Python workers of two executors. Those of tasks that lost may still vanish."""
        tasks = self._context.parallelize(range(2), 2).map(pid_of_task)
        before, pids = [], []
        while len(pids) != 2 or pids != before:
            before, pids = pids, sorted(set(tasks.collect()))
        return pids

    def inodes(self, work):
        files = (self.out / FOLDERS[work]).rglob("*.*")
        return {file.name: file.stat().st_ino for file in files if file.name[0] != "."}


def main(job):
    builder = SparkSession.builder.master(job["master"]).appName("speculation")
    spark = builder.config(map=CONF).getOrCreate()
    pomona.run(job["source"], job["out"], cluster=Slow(spark, job["out"]), **job["settings"])
    spark.stop()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
