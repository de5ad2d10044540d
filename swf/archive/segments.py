"""The files of an archive: histories as JSON lines in gzip format, appended and never changed.

A file `histories-000001.jsonl.gz` has one gzip member for each execution, so that the index can
refer to a member by offset and length, and `zcat` shows all of them. A member holds the domain, its
ARN, the item of the list operation and all events, as the service returned them.

An interruption may leave members that the index does not know yet, or a part of a member, at the
end of a file. The next writer recovers the former and removes the latter. Other bytes are never
removed: after damage, a new file is begun.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from attrs import frozen

from swf.exceptions import SWFError
from swf.querysets.recorded_row import event_attributes

#: Size in bytes at which a new file begins.
SEGMENT_SIZE: Final = 256 * 2**20
#: Maximum size of an uncompressed member; the largest history of the service is smaller.
MEMBER_LIMIT: Final = 2**30

_NAME: Final = re.compile(r"histories-(\d{6})\.jsonl\.gz")
_GZIP: Final = 16 + zlib.MAX_WBITS
_MAGIC: Final = b"\x1f\x8b\x08"
_CHUNK: Final = 2**20


class ArchiveError(SWFError):
    """An archive is missing, damaged, locked or cannot be written."""


@frozen
class Location:
    """The place of a member.

    :param segment: the number of the file.
    :param offset: the first byte.
    :param length: the number of bytes.
    """

    segment: int
    offset: int
    length: int


class Segments:
    """The history files in a directory.

    :param directory: the directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: IO[bytes] | None = None
        self._number = 0

    def path(self, segment: int) -> Path:
        """Return the file of a segment.

        :param segment: its number, from 1.
        """
        return self._directory / f"histories-{segment:06}.jsonl.gz"

    def numbers(self) -> list[int]:
        """Return the numbers of the existing segments, in order."""
        matches = map(_NAME.fullmatch, os.listdir(self._directory))
        return sorted(int(match[1]) for match in matches if match)

    def open(self, sizes: Mapping[int, int]) -> Iterator[tuple[Location, dict[str, Any]]]:
        """Prepare to append, and yield the members that the index does not know.

        :param sizes: the bytes of each segment that the index knows.
        :raises ArchiveError: a segment is shorter than it should be.
        """
        for number, indexed_size in sizes.items():
            path = self.path(number)
            if not path.exists() or path.stat().st_size < indexed_size:
                raise ArchiveError(
                    f"{path}: shorter than {indexed_size} bytes; see `swf archive check`"
                )
        self._number = max([1, *self.numbers()])
        for number in self.numbers():
            indexed_size = sizes.get(number, 0)
            if self.path(number).stat().st_size > indexed_size:
                yield from self._recover(number, indexed_size)

    def _recover(self, number: int, indexed_size: int) -> Iterator[tuple[Location, dict[str, Any]]]:
        end = indexed_size
        for location, document in self.scan(number, indexed_size):
            end = location.offset + location.length
            yield location, document
        with self.path(number).open("rb") as file:
            file.seek(end)
            rest = file.read(MEMBER_LIMIT)
        if _member_length(rest) is None and rest.startswith(_MAGIC[: len(rest)]):
            os.truncate(self.path(number), end)
        elif rest and number == self._number:
            self._number += 1

    def append(self, document: Mapping[str, Any]) -> Location:
        """Append a member and return its place; `flush` makes it durable.

        :param document: domain, list item and events of an execution.
        """
        text = json.dumps(document, separators=(",", ":"), default=_epoch)
        compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        data = compressor.compress(text.encode() + b"\n") + compressor.flush()
        file = self._writable()
        location = Location(self._number, file.tell(), len(data))
        file.write(data)
        return location

    def flush(self) -> None:
        """Write the appended members to the disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file that is open for appending, if any."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _writable(self) -> IO[bytes]:
        if self._file is not None and self._file.tell() >= SEGMENT_SIZE:
            self.flush()
            self.close()
            self._number += 1
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._file = os.fdopen(os.open(self.path(self._number), flags, 0o600), "ab")
            self._file.seek(0, os.SEEK_END)
        return self._file

    def read(self, location: Location) -> dict[str, Any]:
        """Return the document of a member.

        :param location: the place of the member.
        :raises ArchiveError: the member is missing or damaged.
        """
        path = self.path(location.segment)
        try:
            with path.open("rb") as file:
                file.seek(location.offset)
                data = file.read(location.length)
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}") from error
        return _document(data, f"{path} at byte {location.offset}")

    def scan(self, segment: int, begin: int = 0) -> Iterator[tuple[Location, dict[str, Any]]]:
        """Yield the members of a segment; damaged parts are left out.

        :param segment: the number of the segment.
        :param begin: the offset of the first member.
        """
        with self.path(segment).open("rb") as file, _mapped(file) as data:
            while begin < len(data):
                length = _member_length(data[begin : begin + _CHUNK])
                if length is None:
                    length = _member_length(data[begin : begin + MEMBER_LIMIT])
                try:
                    document = _document(bytes(data[begin : begin + (length or 0)]), "")
                except ArchiveError:
                    # The next member begins with the magic number of gzip.
                    begin = data.find(_MAGIC, begin + 1)
                    if begin < 0:
                        return
                    continue
                yield Location(segment, begin, length or 0), document
                begin += length or 0


@contextmanager
def _mapped(file: IO[bytes]) -> Iterator[Any]:
    """Map a file into memory; an empty file has no map."""
    if os.fstat(file.fileno()).st_size == 0:
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _member_length(data: bytes) -> int | None:
    """Return the length of the gzip member at the start of the data; None if it is incomplete."""
    decompressor = zlib.decompressobj(_GZIP)
    rest = data
    try:
        while rest and not decompressor.eof:
            decompressor.decompress(rest, _CHUNK)
            rest = decompressor.unconsumed_tail
    except zlib.error:
        return len(data) or None  # damaged; `_document` refuses it
    return len(data) - len(decompressor.unused_data) if decompressor.eof else None


def _document(data: bytes, place: str) -> dict[str, Any]:
    decompressor = zlib.decompressobj(_GZIP)
    try:
        text = decompressor.decompress(data, MEMBER_LIMIT)
        document = json.loads(text) if decompressor.eof else None
    except (zlib.error, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not _is_execution(document):
        raise ArchiveError(f"{place}: damaged; see `swf archive check`")
    return document


def _is_execution(document: Mapping[str, Any]) -> bool:
    try:
        info, events = document["executionInfo"], document["events"]
        reference = (info["execution"]["workflowId"], info["execution"]["runId"])
        times = (info["startTimestamp"], info["closeTimestamp"])
        return (
            all(isinstance(text, str) for text in (document["domain"], *reference))
            and all(isinstance(time, (int, float)) for time in times)
            and all(isinstance(event_attributes(event), Mapping) for event in events)
            and [event["eventId"] for event in events] == [*range(1, len(events) + 1)]
            and len(events) > 1
        )
    except (TypeError, KeyError, AttributeError, IndexError):
        return False


def _epoch(value: Any) -> float:
    """Return a time of botocore as seconds since the epoch, as on the wire."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"not JSON: {type(value).__name__}")
