# SPDX-License-Identifier: Apache-2.0
"""Promise 6: memory does not grow with the number of images."""

import os
import shutil

from harness import FRUITS

# 4,096 numbers an image, so that a state has 67 MB; a block of 512 images, so that it comes soon.
LARGE_ROWS = ["--input-size", 32, "--layer", "block3_pool", "--components", 8]
BLOCKS = ["--shard-size", 512, "--block-shards", 1]


def repeated(target, times):
    """The bundled pictures `times` times: what the blocks hold does not differ."""
    for turn in range(times):
        shutil.copytree(FRUITS, target / f"{turn:02}", copy_function=os.link)
    return target


def peak(pomona, source, out):
    """The most memory that a run over `source` held, in bytes."""
    arguments = ["run", source, "--out", out, *LARGE_ROWS, *BLOCKS, "--quiet"]
    with pomona.start(*map(str, arguments)) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.stderr.read()
    return usage.ru_maxrss * 1024


def test_memory_does_not_grow_with_the_blocks(pomona, tmp_path):
    few = peak(pomona, repeated(tmp_path / "few", 4), tmp_path / "out-few")  # 3 blocks
    many = peak(pomona, repeated(tmp_path / "many", 14), tmp_path / "out-many")  # 8 blocks
    assert many < 1.1 * few, f"{few / 1e6:.0f} MB for 3 blocks, {many / 1e6:.0f} MB for 8"
