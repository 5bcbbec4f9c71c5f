#!/usr/bin/env python3
"""A second reader of journals, written from docs/journal_format.md alone.

    read_journal.py JOURNAL      prints header, inputs, checkpoints and seal as one JSON object

It walks the frames, checks every digest and the chain, and needs Python 3 with libzstd and libxxhash.
Exit status: 0, or 4 with a sentence for a file that is no whole journal of format 2.
"""

import ctypes
import hashlib
import json
import struct
import sys

MAGIC = b"\x89RPJ\r\n\x1a\n"
HEAD = 160
TYPES = {1: "header", 2: "source", 3: "inputs", 4: "checkpoints", 5: "pages", 6: "keyframe",
         7: "seal", 8: "events", 9: "index"}
ENDS = ["drained", "until", "steps", "stopped", "failed", "interrupted", "violated"]

zstd = ctypes.CDLL("libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


class Xxh128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH3_128bits.restype = Xxh128
xxhash.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


class JournalError(Exception):
    pass


def expect(holds, offset, what):
    if not holds:
        raise JournalError(f"at offset {offset}: {what}")


def digest(data):
    value = xxhash.XXH3_128bits(data, len(data))
    return value.high, value.low


class Decoder:
    """Canonical bytes, field by field."""

    def __init__(self, data):
        self.data = data
        self.place = 0

    def take(self, size):
        if size > len(self.data) - self.place:
            raise JournalError("a record ends too early")
        self.place += size
        return self.data[self.place - size:self.place]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    def text(self):
        return self.take(self.u32()).decode()

    def many(self, read):
        return [read() for _ in range(self.u32())]

    def optional(self, read):
        absent = self.u8()
        if absent > 1:
            raise JournalError("a bool is neither 0 nor 1")
        return None if absent else read()

    def digest(self):
        return f"{self.u64():016x}{self.u64():016x}"

    def rest(self):
        return len(self.data) - self.place


for name, form in {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i64": "q"}.items():
    setattr(Decoder, name, lambda self, form=form: self.number(form))


def inflate(data, size, offset):
    room = ctypes.create_string_buffer(max(size, 1))
    expect(zstd.ZSTD_decompress(room, size, data, len(data)) == size, offset,
           "bytes that do not decompress to the length that was said")
    return room.raw[:size]


def read_column(tapes, width, count, senders=None):
    """Numbers of one column; `senders` has the place of each one's producer."""
    if count == 0:
        return []
    form, planes = tapes[0].u8(), tapes[0].u8()
    prediction, limit = form & 3, 1 << 8 * width
    if form > 7 or planes > width or (prediction > 1 and senders is None):
        raise JournalError("a column that cannot be")
    base = tapes[0].u64() if prediction in (1, 2) else 0
    sorts = [tapes[0].u8() for _ in range(planes)]
    folded = [0] * count
    for plane, sort in enumerate(sorts):
        folded = [f | byte << 8 * plane for f, byte in zip(folded, tapes[sort].take(count))]
    values, last = [], {}
    for i, f in enumerate(folded):
        difference = f >> 1 ^ -(f & 1) if form & 4 else f
        key = senders[i] if prediction == 2 else None
        before = {0: 0, 3: senders[i] if senders else 0}.get(prediction, last.get(key, base))
        last[key] = (before + difference) % limit
        values.append(last[key])
    return values


def input_records(body, size, offset):
    """The records that columns stand for."""
    lengths = [struct.unpack("<II", body[i:i + 8]) for i in range(0, 48, 8)]
    expect(size <= 4 << 20 and sum(raw for raw, _ in lengths) <= 2 * size + 65536, offset,
           "columns ask for too much")
    tapes, place = [], 48
    for raw, stored in lengths:
        piece = body[place:place + stored]
        tapes.append(Decoder(piece if raw == stored else inflate(piece, raw, offset)))
        place += stored
    heads, said = tapes[:3], tapes[3:]
    head = heads[0]
    count, producer_count, kind_count = head.u32(), head.u32(), head.u32()
    expect(48 * count <= size and max(producer_count, kind_count) <= count, offset, "counts")
    names = [head.take(head.u32()) for _ in range(producer_count)]
    kinds = [(head.take(10), head.u8(), head.take(head.u8())) for _ in range(kind_count)]
    producer, kind = read_column(heads, 4, count), read_column(heads, 4, count)
    at, seq, edit = (read_column(heads, width, count) for width in (8, 8, 1))
    after = iter(read_column(heads, 8, sum(edit)))
    to, producer_seq = (read_column(heads, width, count, producer) for width in (4, 8))
    keyed = read_column(heads, 1, count)
    key_sizes = iter(read_column(heads, 4, sum(keyed)))
    expect(max(edit + keyed) <= 1, offset, "a bool is neither 0 nor 1")
    payload = [b""] * count
    keys = [head.take(next(key_sizes)) if each else None for each in keyed]
    for k, (_, is_open, widths) in enumerate(kinds):
        of = [i for i in range(count) if kind[i] == k]
        senders = [producer[i] for i in of]
        behind = read_column(said, 4, len(of), senders) if is_open else [0] * len(of)
        for width in widths:
            for i, value in zip(of, read_column(said, width, len(of), senders)):
                payload[i] += value.to_bytes(width, "little")
        for i, length in zip(of, behind):
            payload[i] += said[0].take(length)
    expect(not any(tape.rest() for tape in tapes), offset, "bytes are left over in a column")

    def text(data):
        return struct.pack("<I", len(data)) + data

    return b"".join(
        struct.pack("<QB", at[i], not edit[i]) + (struct.pack("<Q", next(after)) if edit[i] else b"")
        + struct.pack("<QI", seq[i], to[i]) + kinds[kind[i]][0] + text(names[producer[i]])
        + struct.pack("<QB", producer_seq[i], not keyed[i]) + (text(keys[i]) if keyed[i] else b"")
        + text(payload[i]) for i in range(count))


def frames(data):
    """Each frame's type, count, head and decoded body, checked."""
    offset = 0
    chain, salt = bytes(32), None
    while offset < len(data):
        head = data[offset:offset + HEAD]
        expect(len(head) == HEAD and head[:8] == MAGIC, offset, "there is no frame's head")
        expect(struct.unpack("<QQ", head[144:]) == digest(head[:144]), offset, "a head's digest")
        kind, flags, codec, layout, own, its_salt, stored_size, raw_size, count = struct.unpack(
            "<HBBIQQQQQ", head[8:56])
        expect(own == offset, offset, "a frame stands where it does not belong")
        expect(salt in (None, its_salt), offset, "a frame of another journal")
        salt = its_salt
        expect(head[104:136] == chain, offset, "a frame does not follow the one before")
        expect(max(stored_size, raw_size) <= 64 << 20 and raw_size <= 256 * stored_size, offset,
               "lengths that cannot be")
        stored = data[offset + HEAD:offset + HEAD + stored_size]
        expect(len(stored) == stored_size, offset, "the file ends in the middle of a frame")
        expect(struct.unpack("<QQ", head[88:104]) == digest(stored), offset, "a body's digest")
        chain = hashlib.sha256(chain + head + stored).digest()
        raw = stored
        if codec == 1:
            raw = inflate(stored, raw_size, offset)
        if codec == 2 and TYPES.get(kind) == "inputs":
            raw = input_records(stored, raw_size, offset)
        expect(codec <= 2 and len(raw) == raw_size and layout == 1, offset, "codec or layout")
        expect(kind in TYPES or not flags & 1, offset, f"a critical frame of unknown type {kind}")
        yield TYPES.get(kind, kind), count, its_salt, raw, chain
        offset += HEAD + stored_size


def read_header(body):
    major, minor, semantics = body.u16(), body.u16(), body.u16()
    if major != 2:
        raise JournalError(f"a journal of format {major}.{minor}")
    schema = body.many(lambda: {"role": ["agent", "message"][body.u8()], "kind": body.text(),
                                "version": body.u16(), "fields": body.text()})
    scenario, seed, overrides = body.text(), body.u64(), body.many(body.text)
    parent = body.optional(lambda: {"header": body.take(32).hex(), "inputs": body.take(32).hex(),
                                    "input_count": body.u64(),
                                    "step": body.u64(), "prefix": body.digest()})
    return {"version": f"{major}.{minor}", "semantics": semantics, "schema": schema,
            "scenario": json.loads(scenario), "seed": seed, "overrides": overrides, "parent": parent}


def read_input(body):
    return {"at_ns": body.i64(), "after": body.optional(body.u64), "seq": body.u64(),
            "to": body.u32(), "kind": f"{body.u64():016x}", "version": body.u16(),
            "producer": body.text(), "producer_seq": body.u64(), "key": body.optional(body.text),
            "payload": body.take(body.u32()).hex()}


def read_checkpoint(body):
    return {"step": body.u64(), "time_ns": body.i64(), "prefix": body.digest(),
            "root": body.optional(body.digest), "trail": body.take(body.u32()).hex()}


def read_seal(body):
    seal = {"end": ENDS[body.u8()], "until_ns": body.i64(), "steps_max": body.u64(),
            "step": body.u64(), "time_ns": body.i64(), "prefix": body.digest(),
            "root": body.optional(body.digest),
            "failure": body.optional(lambda: {"step": body.u64(), "agent": body.text(),
                                              "kind": body.text(), "reason": body.text()})}
    for name in ("inputs", "inputs_beyond", "checkpoints", "keyframes", "events"):
        seal[name] = body.u64()
    seal["identity"] = body.take(32).hex()
    seal["index_offset"], seal["seal_offset"] = body.u64(), body.u64()
    return seal


def read_journal(data):
    journal = {"inputs": [], "checkpoints": [], "seal": None}
    identity = hashlib.sha256()
    for kind, count, salt, raw, chain in frames(data):
        body = Decoder(raw)
        if kind == "header":
            expect(struct.pack("<Q", salt) == hashlib.sha256(raw).digest()[:8], 0, "the salt")
            journal.update(read_header(body))
        elif kind in ("inputs", "checkpoints"):
            read = read_input if kind == "inputs" else read_checkpoint
            before = len(journal[kind])
            while body.rest():
                journal[kind].append(read(body))
            if len(journal[kind]) - before != count:
                raise JournalError(f"a frame of {kind} counts other records than it holds")
        elif kind == "seal":
            journal["seal"] = read_seal(body)
        if kind in ("header", "inputs"):
            identity.update(raw)
        if kind in ("header", "seal") and body.rest():
            raise JournalError(f"bytes are left over in the {kind}")
        journal["chain"] = chain.hex()
    if "version" not in journal:
        raise JournalError("there is no header")
    journal["identity"] = identity.hexdigest()
    seal = journal["seal"]
    if seal and (seal["identity"], seal["inputs"], seal["checkpoints"]) != (
            journal["identity"], len(journal["inputs"]), len(journal["checkpoints"])):
        raise JournalError("the seal is not of these records")
    step = journal["parent"]["step"] if journal["parent"] else 0
    for checkpoint in journal["checkpoints"]:
        step += len(checkpoint["trail"]) // 2
        if step != checkpoint["step"]:
            raise JournalError(f"the trail before step {checkpoint['step']} has another length")
    return journal


if __name__ == "__main__":
    try:
        with open(sys.argv[1], "rb") as file:
            print(json.dumps(read_journal(file.read())))
    except (JournalError, UnicodeDecodeError, IndexError, struct.error) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(4)
