# SPDX-License-Identifier: Apache-2.0
"""Makes files/ (pictures of every kind), expected/ (their pixels by Pillow) and cases.json.

Run with the project's Python: .venv/bin/python tests/golden/image/make_images.py
The two photographs in source/ are the only input (see source/LICENSE).
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import png_writer as png
from PIL import Image, ImageOps, PngImagePlugin, features

# Pillow reads our text bomb only when told to; Pomona skips it.
PngImagePlugin.MAX_TEXT_CHUNK = 32 << 20
HERE = Path(__file__).resolve().parent
FILES, EXPECTED = HERE / "files", HERE / "expected"
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
decode_cases: list[dict] = []
reject_cases: list[dict] = []
resize_cases: list[dict] = []


def save_ppm(name: str, image: Image.Image) -> None:
    assert image.mode == "RGB"
    header = f"P6\n{image.width} {image.height}\n255\n".encode()
    (EXPECTED / name).write_bytes(header + image.tobytes())


def over_white(image: Image.Image) -> Image.Image:
    """What Pomona promises: alpha over white, everything else as Pillow's convert."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def good(name: str, data: bytes, pixels: Image.Image | None = None, tolerance: int = 0) -> None:
    """A file and what Pillow sees in it (or `pixels`, where Pillow has another rule)."""
    (FILES / name).write_bytes(data)
    with Image.open(io.BytesIO(data)) as image:
        orientation = image.getexif().get(0x0112, 1)
        if pixels is None:
            pixels = over_white(ImageOps.exif_transpose(image))
        kind = image.format.lower()
    save_ppm(name + ".ppm", pixels)
    decode_cases.append(
        {
            "file": name,
            "format": kind,
            "width": pixels.width,
            "height": pixels.height,
            "orientation": orientation if 1 <= orientation <= 8 else 1,
            "tolerance": tolerance,
        }
    )


def bad(name: str, data: bytes, code: str, says: str = "") -> None:
    (FILES / name).write_bytes(data)
    reject_cases.append({"file": name, "code": code, "says": says})


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int, order: str = "<", kind: int = 3, tiff_only: bool = False) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    short = struct.pack(order + "HH", orientation, 0)
    value = short if kind == 3 else struct.pack(order + "I", orientation)
    entry = struct.pack(order + "HHI", 0x0112, kind, 1) + value
    block = mark + struct.pack(order + "I", 8) + struct.pack(order + "H", 1) + entry + b"\0" * 4
    return block if tiff_only else b"Exif\0\0" + block


def segments(data: bytes):
    """(marker, start, end) of the JPEG's segments up to the first scan."""
    at = 2
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield data[at + 1], at, at + 2 + length
        at += 2 + length
    yield 0xDA, at, len(data)


def without_segment(data: bytes, marker: int) -> bytes:
    for found, start, end in segments(data):
        if found == marker:
            return data[:start] + data[end:]
    raise AssertionError(f"no segment {marker:x}")


def patched(data: bytes, marker: int, offset: int, value: bytes) -> bytes:
    """The bytes at `offset` after the length of the first such segment, replaced."""
    for found, start, _ in segments(data):
        if found == marker:
            at = start + 4 + offset
            return data[:at] + value + data[at + len(value) :]
    raise AssertionError(f"no segment {marker:x}")


def make_jpeg(photo: Image.Image) -> None:
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        data = encoded(photo, "JPEG", quality=88, subsampling=subsampling)
        good(f"jpeg_{name}.jpg", data)
    full = encoded(photo, "JPEG", quality=88, subsampling=2)
    good("jpeg_progressive.jpg", encoded(photo, "JPEG", quality=80, progressive=True))
    good("jpeg_restart.jpg", encoded(photo, "JPEG", quality=80, restart_marker_blocks=2))
    good("jpeg_grey.jpg", encoded(photo.convert("L"), "JPEG", quality=88))
    grey_progressive = encoded(photo.convert("L"), "JPEG", quality=88, progressive=True)
    good("jpeg_grey_progressive.jpg", grey_progressive)
    good("jpeg_rgb.jpg", encoded(photo, "JPEG", quality=88, keep_rgb=True))
    good("jpeg_1x1.jpg", encoded(photo.crop((5, 5, 6, 6)), "JPEG"))
    good("jpeg_trailing_bytes.jpg", full + b"after the end")

    cmyk = photo.convert("CMYK")
    adobe = encoded(cmyk, "JPEG", quality=90)
    good("jpeg_cmyk_adobe.jpg", adobe)
    good("jpeg_cmyk_plain.jpg", without_segment(adobe, 0xEE))
    # YCCK: the inverted inks as RGB in YCbCr, black beside them, transform 2 in Adobe's marker.
    c, m, y, k = cmyk.split()
    ycc = Image.merge("RGB", [ImageOps.invert(p) for p in (c, m, y)]).convert("YCbCr")
    # Pillow inverts all inks when it writes, so they are inverted here first.
    planes = [ImageOps.invert(p) for p in ycc.split()] + [k]
    ycck = encoded(Image.merge("CMYK", planes), "JPEG", quality=95, subsampling=0)
    good("jpeg_ycck.jpg", patched(ycck, 0xEE, 11, b"\x02"))

    for orientation in range(1, 9):
        order = "<" if orientation % 2 else ">"
        small = photo.crop((3, 2, 19, 13))
        data = encoded(small, "JPEG", quality=85, exif=exif(orientation, order))
        good(f"jpeg_orientation_{orientation}.jpg", data)
    small = photo.crop((3, 2, 19, 13))
    good("jpeg_orientation_9.jpg", encoded(small, "JPEG", exif=exif(9)))
    long_value = encoded(small, "JPEG", exif=exif(6, ">", kind=4))
    good("jpeg_orientation_long.jpg", long_value)
    cut = exif(6)[:-10]
    upright = Image.open(io.BytesIO(encoded(small, "JPEG"))).convert("RGB")
    good("jpeg_exif_cut.jpg", encoded(small, "JPEG", exif=cut), upright)

    bad("jpeg_cut_header.jpg", full[:100], "truncated")
    bad("jpeg_cut_half.jpg", full[: len(full) // 2], "truncated")
    bad("jpeg_cut_end_marker.jpg", full[:-2], "truncated")
    bad("jpeg_cut_half_then_end.jpg", full[: len(full) // 2] + b"\xff\xd9", "truncated")
    progressive = encoded(photo, "JPEG", quality=80, progressive=True)
    bad("jpeg_cut_progressive.jpg", progressive[: len(progressive) * 2 // 3], "truncated")
    bad("jpeg_cut_cmyk.jpg", adobe[: len(adobe) // 2], "truncated")
    bad("jpeg_only_marker.jpg", b"\xff\xd8\xff", "truncated")
    bad("jpeg_12_bit.jpg", patched(full, 0xC0, 0, b"\x0c"), "unsupported")
    bad("jpeg_lossless.jpg", full.replace(b"\xff\xc0", b"\xff\xc3", 1), "unsupported")
    bad("jpeg_no_tables.jpg", without_segment(full, 0xDB), "corrupt")
    huge = patched(full, 0xC0, 1, struct.pack(">HH", 40000, 40000))
    bad("jpeg_40000.jpg", huge, "too_large", "40000 x 40000")
    claim = patched(full, 0xC0, 1, struct.pack(">HH", 9000, 9000))
    bad("jpeg_claims_9000.jpg", claim, "truncated", "too short")
    start = next(s for marker, s, _ in segments(full) if marker == 0xDA)
    ones = b"\xff\0" * 200  # no Huffman code is all ones
    bad("jpeg_bad_code.jpg", full[: start + 14] + ones + full[start + 414 :], "corrupt")
    good("jpeg_20_scans.jpg", scan_bomb(20))
    bad("jpeg_scan_bomb.jpg", scan_bomb(1000), "corrupt", "scans")


def scan_bomb(scans: int) -> bytes:
    """One grey block whose DC coefficient is sent again and again, without one warning."""
    grey = encoded(Image.new("L", (8, 8), 128), "JPEG").replace(b"\xff\xc0", b"\xff\xc2", 1)
    start = next(s for marker, s, _ in segments(grey) if marker == 0xDA)
    scan = b"\xff\xda\0\x08\x01\x01\0\0\0\0" + b"\x3f"
    return grey[:start] + scan * scans + b"\xff\xd9"


def make_png(photo: Image.Image, rng: np.random.Generator) -> None:
    pixels = np.asarray(photo)
    height, width = pixels.shape[:2]
    grey = np.asarray(photo.convert("L"))
    alpha = rng.integers(0, 256, (height, width), np.uint8)
    alpha[:4] = 0
    alpha[4:8] = 255
    rgba = np.dstack([pixels, alpha])
    index = photo.quantize(16)
    palette = np.asarray(index.getpalette()[:48]).reshape(16, 3)
    index = np.asarray(index)
    wide = rng.integers(0, 65536, (height, width, 4))

    for name, interlaced in [("", False), ("_interlaced", True)]:

        def put(
            kind, samples, depth, colour, expect=None, interlaced=interlaced, name=name, **more
        ):
            data = png.write(samples, depth, colour, interlaced=interlaced, **more)
            good(f"png_{kind}{name}.png", data, expect)

        put("rgb8", pixels, 8, png.RGB)
        put("rgba8", rgba, 8, png.RGBA)
        put("grey8", grey, 8, png.GREY)
        put("grey_alpha8", np.dstack([grey, alpha]), 8, png.GREY_ALPHA)
        put("palette4", index, 4, png.PALETTE, palette=palette)
        put("grey1", grey >> 7, 1, png.GREY)
        if interlaced:
            continue
        put("grey2", grey >> 6, 2, png.GREY)
        put("grey4", grey >> 4, 4, png.GREY)
        put("palette1", index & 1, 1, png.PALETTE, palette=palette[:2])
        put("palette2", index & 3, 2, png.PALETTE, palette=palette[:4])
        put("palette8", index, 8, png.PALETTE, palette=palette)
        put("palette_alpha", index, 8, png.PALETTE, palette=palette, trns=bytes(range(0, 256, 20)))
        one = grey[4, 4]
        put("grey_transparent", grey, 8, png.GREY, trns=struct.pack(">H", one))
        colour = struct.pack(">HHH", *pixels[5, 5])
        put("rgb_transparent", pixels, 8, png.RGB, trns=colour)
        high = (wide >> 8).astype(np.uint8)
        put("rgb16", wide[:, :, :3], 16, png.RGB)
        put("rgba16", wide, 16, png.RGBA)
        # Pillow clips 16-bit grey at 255; Pomona takes the high byte, as for colours.
        put("grey16", wide[:, :, 0], 16, png.GREY, Image.fromarray(high[:, :, 0]).convert("RGB"))
        put("grey_alpha16", wide[:, :, :2], 16, png.GREY_ALPHA)
        # Only samples equal in all 16 bits are transparent.
        grey16 = wide[:, :, 0].copy()
        grey16[0, :2] = [0x1234, 0x1235]
        shown = (grey16 >> 8).astype(np.uint8)
        shown[grey16 == 0x1234] = 255
        trns = struct.pack(">H", 0x1234)
        expect = Image.fromarray(shown).convert("RGB")
        put("grey16_transparent", grey16, 16, png.GREY, expect, trns=trns)

    small = pixels[2:13, 3:19]
    turn = png.chunk(b"eXIf", exif(6, ">", tiff_only=True))
    good("png_exif_6.png", png.write(small, 8, png.RGB, before_data=turn))
    turn = png.chunk(b"eXIf", exif(8, tiff_only=True))
    good("png_exif_8_after.png", png.write(small, 8, png.RGB, after_data=turn))
    good("png_1x1.png", png.write(small[:1, :1], 8, png.RGB))
    gamma = png.chunk(b"gAMA", struct.pack(">I", 100000))
    profile = png.chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile" * 50))
    good("png_gamma.png", png.write(small, 8, png.RGB, before_data=gamma))
    bomb = png.chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 5_000_000, 9))
    text_bomb = png.write(small, 8, png.RGB, before_data=profile + bomb)
    good("png_text_bomb.png", text_bomb, Image.fromarray(small))

    full = png.write(pixels, 8, png.RGB)
    bad("png_cut_header.png", full[:20], "truncated")
    bad("png_cut_half.png", full[: len(full) // 2], "truncated")
    bad("png_cut_end_chunk.png", full[:-12], "truncated")
    bad("png_40000.png", png.header(40000, 40000, 8, png.RGB), "too_large", "40000 x 40000")
    bad("png_claims_9000.png", png.header(9000, 9000, 8, png.RGB) + full[33:], "truncated")
    flipped = bytearray(full)
    flipped[len(full) // 2] ^= 0x55
    bad("png_bad_checksum.png", bytes(flipped), "corrupt")
    bad("png_bad_header.png", full[:12] + b"IHDX" + full[16:], "corrupt")
    bad("png_zero_width.png", png.header(0, 5, 8, png.RGB) + full[33:], "corrupt")
    bad("png_depth_3.png", png.header(width, height, 3, png.RGB) + full[33:], "corrupt")
    few = png.header(width, height, 8, png.RGB)
    few += png.chunk(b"IDAT", zlib.compress(b"\0" * 50)) + png.chunk(b"IEND", b"")
    bad("png_few_rows.png", few, "truncated")
    bad("png_no_palette.png", png.write(index, 8, png.PALETTE), "corrupt")


def riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP"
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def u24(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


def make_webp(photo: Image.Image, rng: np.random.Generator) -> None:
    alpha = rng.integers(0, 256, (photo.height, photo.width), np.uint8)
    alpha[:8] = 255
    rgba = Image.fromarray(np.dstack([np.asarray(photo), alpha]))
    lossy = encoded(photo, "WEBP", quality=80)
    lossless = encoded(photo, "WEBP", lossless=True)
    good("webp_lossy.webp", lossy)
    good("webp_lossless.webp", lossless)
    good("webp_alpha_lossy.webp", encoded(rgba, "WEBP", quality=80))
    good("webp_alpha_lossless.webp", encoded(rgba, "WEBP", lossless=True, exact=True))
    good("webp_1x1.webp", encoded(photo.crop((5, 5, 6, 6)), "WEBP", lossless=True))
    small = photo.crop((3, 2, 19, 13))
    good("webp_exif_5.webp", encoded(small, "WEBP", lossless=True, exif=exif(5)))
    frames = [ImageOps.invert(small), small]
    good(
        "webp_animation.webp",
        encoded(small, "WEBP", lossless=True, save_all=True, append_images=frames),
    )
    # An animation whose first frame covers a part of the canvas only.
    picture = encoded(rgba.crop((3, 9, 19, 20)), "WEBP", lossless=True, exact=True)
    stream = picture[picture.index(b"VP8L") :]
    frame = u24(2) + u24(1) + u24(15) + u24(10) + u24(100) + b"\0" + stream
    canvas = b"\x12\0\0\0" + u24(24 - 1) + u24(20 - 1)
    parts = [(b"VP8X", canvas), (b"ANIM", b"\0" * 6), (b"ANMF", frame)]
    good("webp_animation_offset.webp", riff(parts))

    bad("webp_cut_header.webp", lossy[:20], "truncated")
    bad("webp_cut_lossy.webp", lossy[: len(lossy) // 2], "truncated")
    bad("webp_cut_lossless.webp", lossless[: len(lossless) // 2], "truncated")
    bad("webp_no_picture.webp", riff([(b"XXXX", b"1234")]), "corrupt")
    huge = b"\x02\0\0\0" + u24(40000 - 1) + u24(40000 - 1)
    claimed = riff([(b"VP8X", huge), (b"ANIM", b"\0" * 6), (b"ANMF", frame)])
    bad("webp_40000.webp", claimed, "too_large", "40000 x 40000")


def make_other(photo: Image.Image) -> None:
    small = photo.crop((3, 2, 9, 7))
    bad("empty.jpg", b"", "empty")
    bad("text.jpg", b"This is no photograph.\n", "not_an_image")
    bad("gif.jpg", encoded(small, "GIF"), "unsupported", "GIF")
    bad("tiff.jpg", encoded(small, "TIFF"), "unsupported", "TIFF")
    bad("bmp.jpg", encoded(small, "BMP"), "unsupported", "BMP")
    if features.check("avif"):
        bad("avif.jpg", encoded(small, "AVIF"), "unsupported", "AVIF")


def make_resizes(photo: Image.Image) -> None:
    sizes = [(25, 19), (80, 60), (40, 70), (64, 20), (20, 48), (7, 1), (1, 1)]
    for filter_name, resample in FILTERS.items():
        jobs = [(size, "stretch", photo.resize(size, resample)) for size in sizes]
        for size in [(30, 30), (40, 17), (48, 70), (3, 40)]:
            jobs.append((size, "crop", ImageOps.fit(photo, size, resample)))
            padded = ImageOps.pad(photo, size, resample, color=(255, 128, 0))
            jobs.append((size, "pad", padded))
        for (width, height), fit, image in jobs:
            name = f"resize_{filter_name}_{fit}_{width}x{height}.ppm"
            save_ppm(name, image)
            resize_cases.append(
                {
                    "filter": filter_name,
                    "fit": fit,
                    "width": width,
                    "height": height,
                    "expect": name,
                }
            )


def main() -> None:
    for folder in (FILES, EXPECTED):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    rng = np.random.default_rng(360)
    scene = Image.open(HERE / "source" / "scene.png").convert("RGB")
    photo = scene.crop((8, 6, 45, 35))  # odd sides: 37 x 29
    make_jpeg(photo)
    make_png(photo.crop((0, 0, 27, 21)), rng)
    make_webp(photo, rng)
    make_other(photo)
    make_resizes(scene)
    good("fruit.jpg", (HERE / "source" / "fruit.jpg").read_bytes())
    cases = {"decode": decode_cases, "reject": reject_cases, "resize": resize_cases}
    lines = []
    for name, rows in cases.items():
        body = ",\n".join("  " + json.dumps(row) for row in rows)
        lines.append(f'"{name}": [\n{body}\n]')
    (HERE / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
