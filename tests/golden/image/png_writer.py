# SPDX-License-Identifier: Apache-2.0
"""Writes PNG files that Pillow cannot: every colour type and depth, interlaced, damaged."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
# First column, first row, column step, row step of Adam7's passes.
ADAM7 = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> bytes:
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return SIGNATURE + chunk(b"IHDR", fields)


def packed_rows(samples: np.ndarray, depth: int) -> bytes:
    """Unfiltered rows of samples (height x width x channels)."""
    out = b""
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            data = row.astype(">u2").tobytes()
        elif depth == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            bits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth :]
            data = np.packbits(bits.reshape(-1)).tobytes()
        out += b"\0" + data
    return out


def write(
    samples: np.ndarray,
    depth: int,
    colour: int,
    *,
    interlaced: bool = False,
    palette: np.ndarray | None = None,
    trns: bytes = b"",
    before_data: bytes = b"",
    after_data: bytes = b"",
) -> bytes:
    if samples.ndim == 2:
        samples = samples[:, :, None]
    height, width = samples.shape[:2]
    out = header(width, height, depth, colour, interlaced)
    if palette is not None:
        out += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if trns:
        out += chunk(b"tRNS", trns)
    out += before_data
    if interlaced:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        raw = b"".join(packed_rows(p, depth) for p in parts if p.size)
    else:
        raw = packed_rows(samples, depth)
    return out + chunk(b"IDAT", zlib.compress(raw, 9)) + after_data + chunk(b"IEND", b"")
