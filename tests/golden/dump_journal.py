#!/usr/bin/env python3
"""Prints a small journal byte by byte: what docs/journal_format.md shows under "An example".

    dump_journal.py JOURNAL

Each line has an offset, bytes and what they are. A body of codec 1 is shown as it is stored and then,
with offsets of its own, decoded. For journals without keyframes, events, parents and columns.
"""

import struct
import sys

from read_journal import ENDS, HEAD, TYPES, inflate


class Dump:
    """Bytes on their way onto the page."""

    def __init__(self, data, offset, mark=""):
        self.data, self.offset, self.mark, self.place = data, offset, mark, 0

    def line(self, size, what):
        """The next `size` bytes, which are `what`."""
        data = self.data[self.place:self.place + size]
        for i in range(0, max(size, 1), 16):
            at = self.mark + f"{self.offset + self.place + i:0{2 if self.mark else 4}X}"
            shown = " ".join(f"{byte:02X}" for byte in data[i:i + 16])
            print(f"    {at:<4}  {shown:<47} | {what if i == 0 else ''}".rstrip())
        self.place += size
        return data

    def number(self, form, what):
        size = struct.calcsize("<" + form)
        value = struct.unpack_from("<" + form, self.data, self.place)[0]
        self.line(size, what.format(value))
        return value

    def text(self, what):
        size = 4 + struct.unpack_from("<I", self.data, self.place)[0]
        self.line(size, f'{what} "{self.data[self.place + 4:self.place + size].decode()}"')

    def present(self, what):
        """An optional's bool: whether there is one."""
        absent = self.data[self.place]
        self.line(1, f"no {what}" if absent else f"a {what} follows")
        return not absent


def header(dump):
    dump.line(6, "format 2.0, semantics 1")
    for _ in range(dump.number("I", "schema: {} kinds")):
        dump.number("B", "agent" if dump.data[dump.place] == 0 else "message")
        dump.text("kind")
        dump.number("H", "version {}")
        dump.text("fields")
    dump.text("scenario")
    dump.number("Q", "seed {}")
    dump.number("I", "overrides: {}")
    dump.present("parent")


def source(dump):
    dump.text("file")
    dump.text("text")


def input_record(dump):
    dump.number("q", "at {}")
    if dump.present("step that it is applied after"):
        dump.number("Q", "{}")
    dump.number("Q", "seq {}")
    dump.number("I", "to agent {}")
    dump.number("Q", "kind")
    dump.number("H", "version {}")
    dump.text("producer")
    dump.number("Q", "producer's sequence {}")
    if dump.present("key"):
        dump.text("key")
    dump.line(dump.number("I", "payload: {} bytes"), "payload")


def checkpoint(dump):
    dump.number("Q", "step {}")
    dump.number("q", "at {}")
    dump.line(16, "prefix digest")
    if dump.present("state root"):
        dump.line(16, "state root")
    size = dump.number("I", "trail: {} bytes")
    if size:
        dump.line(size, "trail")


def seal(dump):
    dump.number("B", "end: " + ENDS[dump.data[0]])
    dump.number("q", "until {}: the largest, no limit")
    dump.number("Q", "steps {}: the largest, no limit")
    dump.number("Q", "step {}")
    dump.number("q", "at {}")
    dump.line(16, "prefix digest")
    if dump.present("state root"):
        dump.line(16, "state root")
    dump.present("failure")
    for what in ("inputs", "inputs beyond the end", "checkpoints", "keyframes", "events"):
        dump.number("Q", what + ": {}")
    dump.line(32, "identity")
    dump.number("Q", "offset of the index {}")
    dump.number("Q", "offset of the seal {}")


def index_entry(dump):
    name = TYPES[struct.unpack_from("<H", dump.data, dump.place)[0]]
    dump.line(3, name + " and whether it is critical")
    dump.line(16, "stored bytes, raw bytes")
    dump.line(8, "count")
    dump.line(32, "first and last step, first and last time")


BODIES = {"header": header, "source": source, "inputs": input_record, "checkpoints": checkpoint,
          "seal": seal, "index": index_entry}


def main(data):
    offset = 0
    while offset < len(data):
        dump = Dump(data[offset:], offset)
        kind, flags, codec, layout, _, _, stored, raw, count, *span = struct.unpack(
            "<HBBIQQQQQQQqq", dump.data[8:88])
        print(f"\n{TYPES[kind]}:\n")
        dump.line(16, f"magic; type {kind}, {'' if flags & 1 else 'not '}critical, codec {codec}, "
                      f"layout {layout}")
        dump.line(16, f"offset {offset}; salt")
        dump.line(16, f"stored bytes {stored}, raw bytes {raw}")
        dump.line(8, f"count {count}")
        dump.line(16, f"steps {span[0]} to {span[1]}")
        dump.line(16, f"times {span[2]} to {span[3]}")
        dump.line(16, "XXH3-128 of the body")
        dump.line(32, "chain before this frame")
        dump.line(8, "zero")
        dump.line(16, "XXH3-128 of the head so far")
        body = data[offset + HEAD:offset + HEAD + stored]
        if codec == 1:
            dump.line(stored, "zstd, of:")
            body = inflate(body, raw, offset)
            print()
        decoded = Dump(body, 0, "+") if codec == 1 else Dump(body, offset + HEAD)
        while decoded.place < len(body):
            BODIES[TYPES[kind]](decoded)
        offset += HEAD + stored


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        main(file.read())
