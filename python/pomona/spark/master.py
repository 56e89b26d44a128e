# SPDX-License-Identifier: Apache-2.0
"""What the page of a standalone master says: its version of Spark, and its workers.

Spark itself tells neither: a driver of another version is not answered, and one that asks for
more than any worker has waits for ever.
"""

import json
import re
import urllib.request
from typing import Any

_TIMEOUT = 2
# spark.master.ui.port, unless it is set.
_PAGE_PORT = 8080
# As pyproject.toml has it.
OLDEST = (4, 1)
_VERSION = re.compile(r'class="version\b[^>]*>\s*(\d+\.\d+[\w.-]*)')


class MasterPage:
    """The page of spark://HOST:PORT[,HOST:PORT...]; nothing but None where it is not seen."""

    def __init__(self, master: str, conf: dict[str, str]) -> None:
        places = master.removeprefix("spark://") if master.startswith("spark://") else ""
        self._places = [place.rpartition(":")[::2] for place in places.split(",") if place]
        self._page = int(conf.get("spark.master.ui.port", _PAGE_PORT))

    def version(self) -> str | None:
        """Such as "3.5.3"."""
        for host, port in self._places:
            html = self._get(host, "")
            # Another program may have this port.
            if re.search(rf":{port}(?!\d)", html) and (found := _VERSION.search(html)):
                return found.group(1)
        return None

    def workers(self) -> list[dict[str, Any]] | None:
        """Those that are alive, with host, cores, memory (MiB), coresfree, memoryfree."""
        for host, port in self._places:
            state = _parse(self._get(host, "json/"))
            if state.get("status") == "ALIVE" and str(state.get("url")).endswith(f":{port}"):
                return [worker for worker in state["workers"] if worker["state"] == "ALIVE"]
        return None

    def _get(self, host: str, what: str) -> str:
        try:
            with _direct.open(f"http://{host}:{self._page}/{what}", timeout=_TIMEOUT) as answer:
                text: bytes = answer.read(1 << 24)
        except (OSError, ValueError):
            return ""
        return text.decode("utf-8", errors="replace")


# A proxy for the world outside does not know the cluster.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _parse(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("workers"), list) else {}


def wrong_version(master: str, conf: dict[str, str]) -> str:
    """Why this PySpark cannot talk to `master`, or ""."""
    import pyspark

    ours = pyspark.__version__
    found = MasterPage(master, conf).version()
    if release(ours) < OLDEST or found is None or release(found) == release(ours):
        return too_old(ours)
    return (
        f"the master {master} runs Spark {found}, this PySpark is {ours}: they do not "
        "understand each other. " + _remedy(found)
    )


def other_release(java: str) -> str:
    """Why a session whose Java part is of version `java` cannot be used, or ""."""
    import pyspark

    ours = pyspark.__version__
    if release(ours) < OLDEST or release(java) == release(ours):
        return too_old(ours)
    return (
        f"PySpark is {ours}, but the Spark that it started is {java}: SPARK_HOME is that of "
        f"another version. Set it to a Spark {ours}, or unset it"
    )


def too_old(version: str) -> str:
    """Why a PySpark of this version cannot be used, or ""."""
    if release(version) >= OLDEST:
        return ""
    return (
        f"PySpark is {version}, Pomona needs 4.1 or later (below 5): pip install 'pyspark>=4.1,<5' "
        "in the release of your cluster"
    )


def _remedy(found: str) -> str:
    if OLDEST <= release(found) < (5, 0):
        major, minor = release(found)
        return f"Install it here (pip install 'pyspark=={major}.{minor}.*')"
    return "Pomona needs Spark 4.1 or later (below 5): take a cluster of such a version"


def release(version: str) -> tuple[int, int]:
    """Major and minor: within a minor version Spark's parts understand each other."""
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)


def too_small(workers: list[dict[str, Any]], memory: int, cores: int) -> bool:
    """Whether no worker could ever hold an executor of `memory` MiB and `cores`."""
    return not any(w["memory"] >= memory and w["cores"] >= cores for w in workers)


def mebibytes(text: str) -> int:
    """A memory setting of Spark's, such as 1g, in MiB; without a unit it is MiB."""
    found = re.fullmatch(r"\s*(\d+)\s*([kmgtp]?)b?\s*", text.lower())
    if found is None:
        return 0
    number, unit = int(found.group(1)), found.group(2) or "m"
    return int(number * 1024 ** ("kmgtp".index(unit) - 1))


def in_words(workers: list[dict[str, Any]]) -> str:
    """What the cluster has: "its 2 workers have up to 1 core and 1024 MiB each (0 free)"."""
    if not workers:
        return "it has no workers"
    most = {key: max(w[key] for w in workers) for key in ("cores", "memory", "memoryfree")}
    one = len(workers) == 1
    has = "its worker has" if one else f"its {len(workers)} workers have at most"
    cores = "1 core" if most["cores"] == 1 else f"{most['cores']} cores"
    return f"{has} {cores} and {most['memory']} MiB ({most['memoryfree']} MiB of them free)"
