# SPDX-License-Identifier: Apache-2.0
"""What Spark says at length, in a sentence that names the object and the remedy."""

import builtins
import json
import re
from collections.abc import Callable

from pomona.spark._executor import ERROR_MARK


class WorkerError(RuntimeError):
    """A cluster's workers could not compute."""


_OTHER_PYTHON = (
    "a worker runs Python {0}, the driver Python {1}: both must be of the same version. "
    "Name one that every machine has with --conf spark.pyspark.python=/path/to/python"
)
_NO_PYTHON = (
    "a worker has no Python at {0}. Name one that every machine has, with Pomona in it: "
    "--conf spark.pyspark.python=/path/to/python (docs/spark.md)"
)
_NO_DAEMON = (
    "the Python of a worker does not run this PySpark: it is too old, or damaged. Name one that "
    "every machine has, with Pomona in it: --conf spark.pyspark.python=/path/to/python"
)
_NO_MODULE = (
    "the Python of a worker has no {0}. Install Pomona's wheel on every worker, or send an "
    "environment along with --conf spark.archives=... (docs/spark.md)"
)
_NO_LIBRARY = (
    "Pomona does not load on a worker: {0}. Install its wheel there with the versions of "
    "pyarrow and openvino that it asks for (docs/spark.md)"
)
_OTHER_SPARK = (
    "the cluster runs another version of Spark than this PySpark (its {0} differs). Install "
    "the PySpark of the cluster's version, or set SPARK_HOME to a Spark of it"
)
_NO_FILE = "Spark does not find {0}"
_LOST = (
    "Spark gave up after losing workers again and again ({0}). Likely they ran out of memory: "
    "a task takes about 0.6 GB outside of Java; fewer at a time with --conf spark.task.cpus=2"
)

# The last line of a Python traceback, and what follows py4j's first line.
_RAISED = re.compile(r"[\w.]+: \S")
_THROWN = re.compile(r"^: [\w.$]+: (.+)$", re.MULTILINE)

# In Spark's words, the first that is found; then ours.
_PATTERNS: list[tuple[str, str]] = [
    (r"different version: (\S+) than that in driver:? (\d+(?:\.\d+)+)", _OTHER_PYTHON),
    (r'Cannot run program "([^"]+)"', _NO_PYTHON),
    (r"No module named '?(pomona|pyspark|pyarrow|openvino|numpy)\b", _NO_MODULE),
    (r"reading the port number from pyspark\.daemon", _NO_DAEMON),
    (r"ImportError: (.+)", _NO_LIBRARY),
    (r"InvalidClassException: ([\w.$]+)", _OTHER_SPARK),
    (r"(?:NoSuchFile|FileNotFound)Exception: (?:File )?(?:file:)?(/\S+)", _NO_FILE),
    (r"(ExecutorLostFailure|Remote RPC client disassociated|exited unexpectedly)", _LOST),
]


def explain(error: Exception) -> Exception:
    """`error` of a Spark job as the exception that a worker raised, or in our words."""
    text = str(error)
    at = text.find(ERROR_MARK)
    if at >= 0:
        said, _ = json.JSONDecoder().raw_decode(text, at + len(ERROR_MARK))
        return _exception(said["type"])(said["message"])
    return WorkerError(sentence(text) or "Spark: " + words(text))


def sentence(text: str) -> str:
    """Our words for what Spark says, or ""."""
    for pattern, words in _PATTERNS:
        if found := re.search(pattern, text):
            return words.format(*found.groups())
    return ""


def _exception(name: str) -> Callable[[str], Exception]:
    if name == "ImportError" or name == "ModuleNotFoundError":
        return lambda message: WorkerError(_NO_LIBRARY.format(message))
    kind = getattr(builtins, name, WorkerError)
    usable = isinstance(kind, type) and issubclass(kind, (ValueError, OSError, MemoryError))
    return kind if usable else WorkerError


def words(text: str) -> str:
    """What a Python worker raised last, or else what Java threw, or the first line."""
    lines = [line for line in text.splitlines() if line.strip()]
    traces = [i for i, line in enumerate(lines) if "Traceback (most recent call last)" in line]
    after = lines[traces[-1] + 1 :] if traces else []
    raised = [line for line in after if _RAISED.match(line)] or _THROWN.findall(text)
    return (raised or lines or ["an error without words"])[0].strip()
