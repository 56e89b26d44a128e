# SPDX-License-Identifier: Apache-2.0
"""What runs in Spark's Python workers.

They are forked from a daemon, which must not have threads: it imports nothing of Pomona's, for
this module is imported when a worker, already forked, reads its first task.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

Piece = tuple[int, int, int, str, str, int]

# In front of the JSON that tells the driver what went wrong, among Spark's own words.
ERROR_MARK = "POMONA-ERROR "

# The tasks of the last run: a worker is used again and again, and the network is compiled once.
_last: tuple[str, Any] | None = None


def compute(
    work: str, spec: str, threads: int, progress: Any, pieces: Iterable[int]
) -> Iterator[Piece]:
    """Computes a partition of the pieces; a task for RDD.mapPartitions."""
    try:
        found: list[Piece] = _tasks(spec, threads).do(work, list(pieces))
    except Exception as error:
        raise marked(error) from None
    progress.add(found)
    return iter(found)


def marked(error: Exception) -> RuntimeError:
    """`error` as the driver finds it again (errors.explain)."""
    text = json.dumps({"type": type(error).__name__, "message": str(error)})
    return RuntimeError(ERROR_MARK + text)


def _tasks(spec: str, threads: int) -> Any:
    global _last
    from pomona import _core

    key = f"{threads} {spec}"
    if _last is None or _last[0] != key:
        _last = None  # frees the old network first
        _last = (key, _core.Tasks(spec, threads))
    return _last[1]


class Appended:
    """An AccumulatorParam: lists, one after the other."""

    def zero(self, value: list[Piece]) -> list[Piece]:
        return []

    def addInPlace(self, left: list[Piece], right: list[Piece]) -> list[Piece]:
        left.extend(right)
        return left
