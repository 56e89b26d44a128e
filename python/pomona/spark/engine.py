# SPDX-License-Identifier: Apache-2.0
"""The cluster that job::Run asks to compute the pieces of a run: Spark.

Partitions hold numbers of pieces (shards, blocks); workers read and write the files of the run
themselves, and only (piece, rows, rejects, host, cpu, s3_retries) comes back.
"""

import functools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pomona._types import Done
from pomona.spark._executor import Appended, Piece, compute
from pomona.spark.errors import WorkerError, explain
from pomona.spark.master import MasterPage, in_words, mebibytes, other_release, too_small

if TYPE_CHECKING:
    from pyspark import RDD, SparkContext
    from pyspark.sql import SparkSession

# What Spark's pages and its REST API show of each work.
DESCRIPTIONS = {
    "extract": "extract shards",
    "moments": "block moments",
    "merge": "merge moments",
    "transform": "transform",
}

# More tasks than this cost the driver more than they help the balance.
MAX_PARTITIONS = 10_000
# Seconds to wait for a first worker; and until the master is asked whether one could come.
PATIENCE = 60
LOOK_AFTER = 10


class SparkCluster:
    """Computes pieces of a run on the executors of a Spark session (or context).

    A task uses `spark.task.cpus` threads. There is a task a piece, at most 10,000 a stage;
    `partitions`, or the session's spark.pomona.partitions, sets another number.
    """

    name = "spark"

    def __init__(
        self,
        spark: "SparkSession | SparkContext",
        *,
        partitions: int | None = None,
    ) -> None:
        self._context: Any = getattr(spark, "sparkContext", spark)
        if wrong := other_release(self._context.version):
            raise WorkerError(wrong)
        conf = dict(self._context.getConf().getAll())
        self._conf: dict[str, str] = conf
        self._partitions = partitions or int(conf.get("spark.pomona.partitions", MAX_PARTITIONS))
        self._patience = float(conf.get("spark.pomona.patience", PATIENCE))
        self._threads = int(conf.get("spark.task.cpus", 1))
        self._page = MasterPage(str(self._context.master), conf)

    def compute(
        self, work: str, spec: str, pieces: list[int], done: Done, stopped: Callable[[], bool]
    ) -> None:
        """job::Cluster::Compute: a Spark job of its own group, named after the work."""
        progress = self._context.accumulator([], Appended())
        task = functools.partial(compute, work, spec, self._threads, progress)
        slices = min(len(pieces), self._partitions)
        rdd = self._context.parallelize(pieces, slices).mapPartitions(task)
        job = _Job(self._context, rdd, f"pomona-{work}-{rdd.id()}", DESCRIPTIONS[work])
        told: set[int] = set()

        def tell(found: list[Piece]) -> None:
            for piece in found:
                if piece[0] not in told:
                    told.add(piece[0])
                    done(*piece)

        try:
            seen = 0
            while not job.wait(0.1):
                if stopped():
                    raise KeyboardInterrupt
                if not told:
                    self._check_workers(job)
                found = progress.value[seen:]
                seen += len(found)
                tell(found)
        except BaseException:
            job.cancel()
            raise
        tell(job.result())

    def _check_workers(self, job: "_Job") -> None:
        """Spark waits for ever for a worker that is large enough; we do not."""
        if _is_local(self._context.master) or not job.is_time(self._patience):
            return
        memory = self._conf.get("spark.executor.memory", "1g")
        cores = int(self._conf.get("spark.executor.cores", self._threads))
        workers = self._page.workers()
        never = bool(workers) and too_small(workers or [], mebibytes(memory), cores)
        if not never:
            # The first is the driver.
            took = len(self._context._jsc.sc().statusTracker().getExecutorInfos()) > 1
            if took or job.seconds() < self._patience:
                return
        raise WorkerError(
            f"no worker of {self._context.master} "
            + ("can take this run" if never else f"took this run within {job.seconds():.0f} s")
            + f": an executor asks for {memory} of memory and {cores} core"
            + ("" if cores == 1 else "s")
            + ("" if workers is None else f", {in_words(workers)}")
            + ". Ask for less (--conf spark.executor.memory=1g, spark.executor.cores=1), start "
            "more or larger workers"
            + ("" if never else ", or wait until other runs have ended")
            + "; the master's page shows what is free"
        )


class _Job:
    """A Spark action on a thread of its own, so that it can be watched and cancelled."""

    def __init__(self, context: "SparkContext", rdd: "RDD[Piece]", group: str, text: str) -> None:
        self._context = context
        self._rdd = rdd
        self._group = group
        self._text = text
        self._pieces: list[Piece] = []
        self._error: Exception | None = None
        self._began = time.monotonic()
        self._looked = 0
        self._thread = threading.Thread(target=self._run, name=group, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            # Of this thread's jobs alone. Cancelled tasks are interrupted: their Python
            # workers are killed, which harms nothing, since files appear whole.
            self._context.setJobGroup(self._group, self._text, interruptOnCancel=True)
            self._pieces = self._rdd.collect()
        except Exception as error:
            self._error = error

    def wait(self, seconds: float) -> bool:
        """True when the job has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def is_time(self, patience: float) -> bool:
        """True once after LOOK_AFTER seconds, and once at the end of patience."""
        due = [time for time in (LOOK_AFTER, patience) if time <= self.seconds()]
        seen, self._looked = self._looked, len(due)
        return len(due) > seen

    def cancel(self) -> None:
        self._context.cancelJobGroup(self._group)
        self._thread.join(30)

    def result(self) -> list[Piece]:
        if self._error is not None:
            raise explain(self._error) from None
        return self._pieces


def _is_local(master: Any) -> bool:
    return str(master).startswith("local")
