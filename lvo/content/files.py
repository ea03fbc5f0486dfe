"""What a file is known by: SHA-256, which a submission holds, and keccak-256, by which other chains' tools know it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sha3 import keccak_256

BLOCK = 1 << 20
"""Bytes that are read at once."""


@dataclass(frozen=True)
class Fingerprint:
    """Both hashes of a file, 32 bytes each, and its size in bytes."""

    sha256: bytes
    keccak256: bytes
    size: int


def fingerprint(path: Path | str, tell: Callable[[int], None] | None = None) -> Fingerprint:
    """Hash a file in one pass, whatever its size, in constant memory.

    Parameters
    ----------
    tell
        Called after every block with the number of bytes that were read so far.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    sha256, keccak, size = hashlib.sha256(), keccak_256(), 0
    with Path(path).open("rb") as file:
        while block := file.read(BLOCK):
            sha256.update(block)
            keccak.update(block)
            size += len(block)
            if tell:
                tell(size)
    return Fingerprint(sha256.digest(), keccak.digest(), size)
