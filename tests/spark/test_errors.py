# SPDX-License-Identifier: Apache-2.0
"""What Spark says at length, in a sentence. Its words are taken from where it has them."""

import pytest
from pomona.spark._executor import ERROR_MARK
from pomona.spark.errors import WorkerError, explain, sentence
from pyspark.errors.error_classes import ERROR_CLASSES_MAP

VERSIONS = " ".join(ERROR_CLASSES_MAP["PYTHON_VERSION_MISMATCH"]["message"])
WORKERS = VERSIONS.replace("<worker_version>", "3.9").replace("<driver_version>", "3.11")


@pytest.mark.parametrize(
    ("spark", "ours"),
    [
        (f"PySparkRuntimeError: [PYTHON_VERSION_MISMATCH] {WORKERS}", "a worker runs Python 3.9"),
        ('java.io.IOException: Cannot run program "/opt/py": error=2', "no Python at /opt/py"),
        ("ModuleNotFoundError: No module named 'pomona'", "has no pomona"),
        ("No module named 'pyspark'", "has no pyspark"),
        ("java.io.InvalidClassException: org.apache.spark.rpc.X; local class", "another version"),
        ("EOFException occurred while reading the port number from pyspark.daemon", "too old"),
        ("ExecutorLostFailure (executor 2 exited caused by one", "ran out of memory"),
        ("java.io.FileNotFoundException: File file:/a/b.tar does not exist", "find /a/b.tar"),
        ("something else", ""),
    ],
)
def test_sentences(spark, ours):
    assert ours in sentence(spark)
    assert bool(ours) == bool(sentence(spark))


def test_the_last_exception_of_a_worker_is_told():
    text = "[PYTHON_EXCEPTION] An exception was thrown: Traceback (most recent call last):\n"
    text += '  File "a.py", line 1, in f\npomona._errors.ImageError: b.jpg: is cut off\n\tat java\n'
    assert str(explain(RuntimeError(text))) == "Spark: pomona._errors.ImageError: b.jpg: is cut off"
    assert str(explain(RuntimeError("no trace\nof it"))) == "Spark: no trace"
    java = "An error occurred while calling o1.x.\n: java.io.IOException: disk full\n\tat a.B(C)"
    assert str(explain(RuntimeError(java))) == "Spark: disk full"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('{"type": "ValueError", "message": "worker a: \\"b\\""}', ValueError),
        ('{"type": "PermissionError", "message": "worker a: \\"b\\""}', PermissionError),
        ('{"type": "SomethingOfItsOwn", "message": "worker a: \\"b\\""}', WorkerError),
    ],
)
def test_a_workers_exception_arrives(said, kind):
    found = explain(RuntimeError(f"Job aborted\n  RuntimeError: {ERROR_MARK}{said}\n\tat java"))
    assert type(found) is kind
    assert str(found) == 'worker a: "b"'
