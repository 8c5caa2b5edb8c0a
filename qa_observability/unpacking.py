"""Bodies that may be compressed, unpacked piece by piece so that a small one cannot fill the memory. Pure."""

import zlib
from collections.abc import Iterator
from typing import Any

PIECE = 64 * 1024


def _unzip() -> Any:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


class Unpacker:
    """Takes the parts of a body and gives its bytes, until there are more than `most` of them."""

    def __init__(self, *, packed: bool, most: int) -> None:
        self._unzip = _unzip() if packed else None
        self._left = most
        self._broken = False
        self._begun = False

    @property
    def too_much(self) -> bool:
        return self._left < 0

    @property
    def complete(self) -> bool:
        """Whether what was fed so far ends where it should; an empty body always does."""
        return not self._broken and (self._unzip is None or self._unzip.eof or not self._begun)

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Yield what the part holds, in pieces of at most PIECE bytes where it was compressed."""
        if self._unzip is None:
            self._left -= len(part)
            if not self.too_much:
                yield part
            return
        self._begun = self._begun or bool(part)
        while part:
            if self._unzip.eof:  # a body may be of several members; what follows the last one is padding
                if not part.startswith(b"\x1f"):
                    return
                self._unzip = _unzip()
            try:
                piece = self._unzip.decompress(part, PIECE)
            except zlib.error:
                self._broken = True
                return
            part = self._unzip.unconsumed_tail or self._unzip.unused_data
            self._left -= len(piece)
            if self.too_much:
                return
            yield piece
