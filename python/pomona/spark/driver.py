# SPDX-License-Identifier: Apache-2.0
"""What spark-submit runs for `pomona run --engine spark`: driver.py JOB.json.

Events go to standard output, a line of JSON each, the last of them how it ended:
{"event": "ended", "status": "done", "report": ...}, "stopped", or "failed" with a message.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

# What a user has not set with --conf; the reasons are in docs/spark.md.
DEFAULTS = {
    "spark.app.name": "Pomona",
    "spark.python.worker.reuse": "true",
    "spark.ui.showConsoleProgress": "false",
    "spark.locality.wait": "0s",
    "spark.speculation": "true",
    "spark.speculation.minTaskRuntime": "30s",
    "spark.executor.defaultJavaOptions": "-XX:TieredStopAtLevel=1",
}
_PR_SET_PDEATHSIG = 1
_saying = threading.Lock()


def main(job_file: str) -> int:
    # Without its Java process it can do nothing: it shall not be left behind.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _say({"event": "driver", "pid": os.getpid()})
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    try:
        end = {"status": "done", "report": run(job)}
    except KeyboardInterrupt:
        end = {"status": "stopped"}
    except Exception as error:
        end = _failure(error)
    _say({"event": "ended", **end})
    return 0 if end["status"] == "done" else 1


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The job that cli/settings_json.cc describes; its report."""
    context = _context(job["log"])
    try:
        import pomona
        from pomona.spark import SparkCluster

        settings = job["settings"]
        settings["normalization"] = _normalization(settings["normalization"])
        for name in ("input_size", "pad_color"):
            settings[name] = tuple(settings[name])
        report = pomona.run(
            job["source"],
            job["destination"],
            **settings,
            **job["options"],
            on_event=_say,
            cluster=SparkCluster(context),
        )
    finally:
        context.stop()
    names = "images rows rejects generation feature_dim components explained_variance "
    names += "random_weights nothing_to_do seconds images_per_second warnings manifest"
    return {name: getattr(report, name) for name in names.split()}


def _normalization(told: dict[str, Any] | None) -> Any:
    from pomona import Normalization

    if told is None:
        return None
    name = told.pop("name")
    return Normalization(**told) if name == "custom" else Normalization.named(name)


def _context(log: str) -> Any:
    """No session: Spark SQL would be half of the start, and is not used."""
    from pyspark import SparkConf, SparkContext

    from pomona.spark.errors import WorkerError, sentence, words
    from pomona.spark.master import wrong_version

    # Without Java, SparkConf would not have what spark-submit was told.
    SparkContext._ensure_initialized()
    conf = SparkConf()
    for key, value in DEFAULTS.items():
        conf.setIfMissing(key, value)
    if wrong := wrong_version(conf.get("spark.master", ""), dict(conf.getAll())):
        raise WorkerError(wrong)
    try:
        return SparkContext(conf=conf)
    except Exception as error:
        said = Path(log).read_text(encoding="utf-8", errors="replace")
        told = sentence(str(error)) or sentence(said)
        message = told or f"Spark did not start: {words(str(error))}"
        raise WorkerError(message) from None


def _failure(error: Exception) -> dict[str, Any]:
    from pomona.spark import WorkerError

    words = {"status": "failed", "message": str(error) or type(error).__name__}
    return words | {"spark": isinstance(error, WorkerError)}


def _say(event: dict[str, Any]) -> None:
    with _saying:
        print(json.dumps(event), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
