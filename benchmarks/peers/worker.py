# SPDX-License-Identifier: Apache-2.0
"""One library, loaded once, that runs when it is told to: worker.py LIBRARY SETTING MODELS PICTURES

A command is a line of JSON on stdin, its answer a line on stdout:

    {"do": "rows", "count": 16, "out": "FILE.npy"}   rows of the first pictures
    {"do": "rate", "seconds": 2}                     images, wall and processor seconds
    {"do": "latency", "count": 20}                   seconds of each picture by itself
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from libraries import LIBRARIES, Peer, Setting


def call_size(setting: Setting) -> int:
    """Pictures a call: whole batches, two for each caller."""
    return max(16, 2 * setting.batch * setting.callers)


def rate(peer: Peer, pictures: np.ndarray, seconds: float) -> dict:
    """Calls until `seconds` have passed; always whole ones."""
    done, call = 0, min(call_size(peer.setting), len(pictures))
    begin, processor = time.perf_counter(), time.process_time()
    while (passed := time.perf_counter() - begin) < seconds or done == 0:
        first = done % (len(pictures) - call + 1)
        peer.extract(pictures[first : first + call])
        done += call
    return {"images": done, "seconds": passed, "core_seconds": time.process_time() - processor}


def latency(peer: Peer, pictures: np.ndarray, count: int) -> dict:
    times = []
    for number in range(count):
        one = pictures[number % len(pictures)][None]
        begin = time.perf_counter()
        peer.extract(one)
        times.append(time.perf_counter() - begin)
    return {"seconds": times}


def answer(peer: Peer, pictures: np.ndarray, command: dict) -> dict:
    if command["do"] == "rows":
        size = peer.setting.batch
        whole = -(-command["count"] // size) * size  # some libraries take whole batches alone
        np.save(command["out"], peer.extract(pictures[:whole])[: command["count"]])
        return {}
    if command["do"] == "rate":
        return rate(peer, pictures, command["seconds"])
    return latency(peer, pictures, command["count"])


def main() -> None:
    # Libraries print as they like: their words go to stderr, ours alone to stdout.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    library, setting, models, pictures = sys.argv[1:]
    peer = LIBRARIES[library](Path(models), Setting(**json.loads(setting)))
    prepared = peer.natural(np.load(pictures))
    peer.extract(prepared[: call_size(peer.setting)])  # what is done once, is done
    print(json.dumps({"ready": True}), file=out)
    for line in sys.stdin:
        print(json.dumps(answer(peer, prepared, json.loads(line))), file=out)


if __name__ == "__main__":
    main()
