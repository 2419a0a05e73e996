"""Bytes that are no lines: a megabyte and more of them, with NULs, unbuffered; and records of fixed size."""

import pathlib
import struct
import sys

packed = struct.pack("<hd2s", -2, 3.5, b"ok")
assert len(packed) == 12
number, real, text = struct.unpack("<hd2s", packed)
pathlib.Path("packed.txt").write_text(f"{number} {real} {text}\n")

sys.stdout.buffer.write(bytes(number % 128 for number in range(1_200_000)))
