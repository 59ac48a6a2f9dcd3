"""Hostile frames: sizes that fit into no memory, decompression bombs in every chunk, other formats named .png."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.system.hostile.case import SECRET, Case, Make, both, file, link, pipe, sparse

FRAME = "robot/train/traj_0_to_255/1/3.png"
PERSON = "pose/train/train_img/3.png"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes, crc: int | None = None, length: int | None = None) -> bytes:
    return (
        struct.pack(">I", len(data) if length is None else length)
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)
    )


def png(
    width: int = 64,
    height: int = 64,
    bits: int = 8,
    colour: int = 2,
    *,
    interlaced: int = 0,
    before: bytes = b"",
    lines: bytes | None = None,
    after: bytes = b"",
    compression: int = 0,
    filtering: int = 0,
) -> bytes:
    """Return a PNG file with this header; its pixels are grey, if they fit into memory."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 3)
    if lines is None:
        lines = (b"\0" + b"\x7f" * (width * channels * bits // 8)) * height if width * height < 10**6 else b""
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">2I5B", width, height, bits, colour, compression, filtering, interlaced))
        + before
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
        + after
    )


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def animated() -> bytes:
    frames = [Image.new("RGB", (64, 64), (shade, 0, 0)) for shade in (0, 100, 200)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../ran", SECRET)
    return buffer.getvalue()


def folder(workspace: Path) -> None:
    (workspace / FRAME).unlink()
    (workspace / FRAME).mkdir()


def refused(content: bytes | Make, *expected: str, frame: str = FRAME) -> Case:
    make = file(frame, content) if isinstance(content, bytes) else content
    return Case(make, ("run", f"{{workspace}}/{frame.split('/')[0]}.yaml"), (f"{{workspace}}/{frame}: ", *expected))


def person(content: bytes | Make, *expected: str) -> Case:
    """The person's frames may have any size: no size check rejects them."""
    return refused(content, *expected, frame=PERSON)


BOMB = zlib.compress(bytes(30_000_000), 9)  # 30 MB in 30 KB
BROKEN = "cannot be read as an image: "
NO_IMAGE = "it is damaged, or no image at all"
ADVICE = "restore it, or leave its folder out"
CASES = {
    "60000x60000": refused(png(60000, 60000), "is 60000x60000, but frames are 64x64 (height x width); scale it"),
    "60000x60000 of a person": person(
        png(60000, 60000), "is 60000x60000 (height x width), and 1 to 33,554,432 pixels can be read; scale it"
    ),
    "2**31 wide": person(png(2**31 - 1, 1), "is 1x2147483647 (height x width), and 1 to 33,554,432 pixels can be read"),
    "2**32 - 1 wide and high": person(
        png(2**32 - 1, 2**32 - 1), "is 4294967295x4294967295 (height x width), and 1 to 33,554,432"
    ),
    "a little too large": person(
        png(8192, 4097), "is 4097x8192 (height x width), and 1 to 33,554,432 pixels can be read"
    ),
    "says 4096x4096 but holds nothing": person(png(4096, 4096, lines=b""), BROKEN, "restore it"),
    "no width": refused(png(0, 64), BROKEN, NO_IMAGE),
    "no height": person(png(64, 0), BROKEN, NO_IMAGE),
    "63x64": refused(png(63, 64), "is 64x63, but frames are 64x64"),
    "a text of 30 MB in 30 KB": refused(
        png(before=chunk(b"zTXt", b"k\0\0" + BOMB)), BROKEN, "Decompressed data too large", ADVICE
    ),
    "an international text of 30 MB": refused(
        png(before=chunk(b"iTXt", b"k\0\1\0\0\0" + BOMB)), BROKEN, "Decompressed data too large"
    ),
    "a colour profile of 30 MB": refused(
        png(before=chunk(b"iCCP", b"k\0\0" + BOMB)), BROKEN, "Decompressed data too large"
    ),
    "a person's text of 30 MB": person(
        png(16, 8, before=chunk(b"zTXt", b"k\0\0" + BOMB)), BROKEN, "Decompressed data too large"
    ),
    "a text of 2 GB": refused(
        both(
            file(
                FRAME,
                SIGNATURE
                + chunk(b"IHDR", struct.pack(">2I5B", 64, 64, 8, 2, 0, 0, 0))
                + struct.pack(">I", 2**31 - 1)
                + b"tEXt",
            ),
            lambda workspace: sparse(FRAME, 2**31, (workspace / FRAME).read_bytes())(workspace),
        ),
        "is far too large a file for its 4,096 pixels",
    ),
    "a chunk that says 4 GB": refused(png(before=chunk(b"tEXt", b"x", length=2**32 - 1)), BROKEN, ADVICE),
    "10,000 empty chunks and no end": refused(SIGNATURE + png()[8:33] + chunk(b"tEXt", b"a\0b") * 10_000, BROKEN),
    "pixels that are no zlib": refused(
        SIGNATURE + png()[8:33] + chunk(b"IDAT", b"nonsense") + chunk(b"IEND", b""), BROKEN
    ),
    "too few pixels": refused(png(lines=b"\0" * 100), BROKEN),
    "a filter that is none": refused(png(lines=(b"\x09" + bytes(192)) * 64), BROKEN),
    "no pixels": refused(SIGNATURE + png()[8:33] + chunk(b"IEND", b""), BROKEN),
    "a wrong CRC": refused(png(before=chunk(b"PLTE", b"abc", crc=1)), BROKEN, ADVICE),
    "a header twice as long": refused(
        SIGNATURE + chunk(b"IHDR", struct.pack(">2I5B", 64, 64, 8, 2, 0, 0, 0) * 2) + png()[33:], BROKEN, NO_IMAGE
    ),
    "a colour profile without a name's end, after the pixels": refused(
        png()[:-12] + chunk(b"iCCP", b"profile") + png()[-12:], BROKEN, ADVICE
    ),
    "a header only": refused(png()[:33], BROKEN, ADVICE),
    "a signature only": refused(SIGNATURE, BROKEN, NO_IMAGE),
    "cut in the middle": refused(saved("PNG")[:60], BROKEN),
    "noise": refused(random.Random(1).randbytes(5000), BROKEN, NO_IMAGE),
    "zeros": refused(bytes(5000), BROKEN, NO_IMAGE),
    "1 TB of zeros": refused(both(file(FRAME, b""), sparse(FRAME, 10**12)), BROKEN, NO_IMAGE),
    "1 TB after an image": refused(
        both(file(FRAME, b""), sparse(FRAME, 10**12, png())),
        "is far too large a file for its 4,096 pixels; save it as a plain PNG",
    ),
    "10 MB after an image": refused(png(after=bytes(10_000_000)), "is far too large a file for its 4,096 pixels"),
    "16 bits": refused(png(bits=16), "has 16 bits a channel, but frames have 8; save it with 8"),
    "16 bits grey": refused(png(bits=16, colour=0), "is grey, but frames are RGB; save it as RGB"),
    "a palette": refused(
        png(colour=3, before=chunk(b"PLTE", bytes(768))), "is an image with a palette, but frames are RGB"
    ),
    "a palette without one": refused(png(colour=3), "is an image with a palette, but frames are RGB"),
    "grey with transparency": refused(png(colour=4), "is grey with transparency, but frames are RGB"),
    "transparency": refused(png(colour=6), "is RGB with transparency, but frames are RGB"),
    "colours that are none": refused(png(colour=5), BROKEN, NO_IMAGE),
    "an animation": refused(animated(), "is an animation; save one frame as a plain PNG"),
    "an animation that says 4 billion frames": refused(
        png(before=chunk(b"acTL", struct.pack(">2I", 2**32 - 1, 0))), "is an animation"
    ),
    "a GIF": refused(saved("GIF"), BROKEN, NO_IMAGE, "where a PNG is expected"),
    "a JPEG": refused(saved("JPEG"), BROKEN, NO_IMAGE),
    "a BMP": refused(saved("BMP"), BROKEN, NO_IMAGE),
    "a TIFF": person(saved("TIFF"), BROKEN, NO_IMAGE),
    "a PPM that says 60000x60000": person(b"P6 60000 60000 255\n", BROKEN, NO_IMAGE),
    "an EPS, which runs a program": person(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(%pipe%touch ran) (w) file\n", BROKEN, NO_IMAGE
    ),
    "an SVG that names a file": refused(
        b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', BROKEN, NO_IMAGE
    ),
    "a ZIP": refused(zipped(), BROKEN, NO_IMAGE),
    "a ZIP before a PNG": refused(zipped() + png(), BROKEN, NO_IMAGE),
    "HTML": refused(b"<html><script>alert(1)</script></html>", BROKEN, NO_IMAGE),
    "a pipe": refused(pipe(FRAME), "it is a pipe, a device or the like, not a file"),
    "a device": refused(link(FRAME, "/dev/zero"), "it is a pipe, a device or the like, not a file"),
    "a link in a circle": refused(link(FRAME, "3.png"), "Too many levels of symbolic links"),
    "a dangling link": refused(link(FRAME, "nowhere"), "is missing; restore it, or leave its folder out"),
    "a link to a secret": refused(both(file("secret", SECRET), link(FRAME, "{workspace}/secret")), BROKEN, NO_IMAGE),
    "a folder": refused(folder, BROKEN, "Is a directory"),
    "a skeleton of 60000x60000": refused(
        png(60000, 60000), "33,554,432 pixels can be read", frame="pose/train/train_label/3.png"
    ),
    "a skeleton in grey": refused(
        png(16, 8, colour=0), "is grey, but frames are RGB", frame="pose/train/train_label/3.png"
    ),
    "a first frame that is a bomb": refused(
        png(2**31 - 1, 2**31 - 1), "33,554,432 pixels can be read", frame="pose/val/val_img/0.png"
    ),
}

PIXELS = (b"\0" + b"\x7f" * 192) * 64
GREY = np.full((64, 64, 3), 0x7F, np.uint8)
SAFE = {  # odd, but images: their pixels are all 0x7f
    "a ZIP after a PNG": png(after=zipped()),
    "HTML after a PNG": png(after=b"<script>alert(1)</script>"),
    "30 MB more than its pixels": png(lines=PIXELS + bytes(30_000_000)),
    "interlaced": png(
        interlaced=1,
        lines=b"".join(
            (b"\0" + b"\x7f" * (3 * -(-(64 - x) // dx))) * -(-(64 - y) // dy)
            for x, y, dx, dy in (
                (0, 0, 8, 8),
                (4, 0, 8, 8),
                (0, 4, 4, 8),
                (2, 0, 4, 4),
                (0, 2, 2, 4),
                (1, 0, 2, 2),
                (0, 1, 1, 2),
            )
        ),
    ),  # Adam7's passes
    "a transparent colour": png(before=chunk(b"tRNS", bytes(6))),
    "a gamma of 0": png(before=chunk(b"gAMA", bytes(4))),
    "HTML in its text": png(before=chunk(b"tEXt", b"Comment\0<img src=x onerror=alert(1)>")),
    "a torn colour profile": png(before=chunk(b"iCCP", b"k\0\0nonsense")),
    "no end": png()[:-12],
    "an unknown compression": png(compression=7),
    "an IDAT that says 2 GB": png()[:33]
    + chunk(b"IDAT", zlib.compress(PIXELS), length=2**31 - 1)
    + chunk(b"IEND", b""),
}
