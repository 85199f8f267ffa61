#!/usr/bin/env python3
"""Verify a record's folder, an export of one, or a receipt.

    verify_record.py FOLDER  [--vkey VKEY] [--kept CHECKPOINT-FILE] [--erased HEX ...] [--unsealed] [--json]
    verify_record.py --receipt FILE --event FILE --vkey VKEY

An independent second opinion: Python 3.9 or later, standard library only, no code in common with the
program that writes records. It is written to be read from top to bottom; speed was no aim. It only
reads. Exit status 0: sound, 1: something is wrong (every finding is printed), 2: wrong use.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import struct
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote


class Bad(Exception):
    """Something is not what it should be; the text says what."""


# --- Ed25519 verification (RFC 8032, section 5.1.7), with the strictness a record asks for -------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def is_small(point):
    return same_point(multiply(8, point), (0, 1, 1, 0))


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = decompress(BASE_Y.to_bytes(32, "little"))


def ed25519_verifies(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or is_small(a) or is_small(r):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same_point(multiply(s, BASE), add(r, multiply(h, a)))


# --- Verifier keys and signed notes (C2SP signed-note) --------------------------------------------------


def strict_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise Bad("not base64")
    if base64.b64encode(data).decode() != text:
        raise Bad("not the one spelling of its base64")
    return data


def bad_name(name):
    return name == "" or "+" in name or any(c.isspace() or ord(c) < 32 or 127 <= ord(c) < 160 for c in name)


class Key:
    def __init__(self, text):
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Bad("not a verifier key")
        self.text, (self.name, self.id, encoded) = text, parts
        data = strict_base64(encoded)
        if bad_name(self.name) or len(data) != 33 or data[0] != 1 or decompress(data[1:]) is None:
            raise Bad("not an Ed25519 verifier key")
        self.public = data[1:]
        expected = hashlib.sha256(self.name.encode() + b"\n" + data).hexdigest()[:8]
        if expected != self.id:
            raise Bad("the identifier does not match the name and the key")

    def open_note(self, note, only):
        """The signed text; with `only`, there must be no other signature line."""
        if any(ord(c) < 32 and c != "\n" for c in note):
            raise Bad("control character in a note")
        text, blank, rest = note.rpartition("\n\n")
        if not blank or not rest.endswith("\n"):
            raise Bad("not a signed note")
        text += "\n"
        lines = rest[:-1].split("\n")
        verified = 0
        for line in lines:
            dash, name, signature = (line.split(" ") + ["", ""])[:3]
            if line.count(" ") != 2 or dash != "\u2014" or bad_name(name):
                raise Bad("malformed signature line")
            data = strict_base64(signature)
            if len(data) < 4:
                raise Bad("malformed signature line")
            if name != self.name or data[:4].hex() != self.id:
                continue
            if not ed25519_verifies(self.public, text.encode(), data[4:]):
                raise Bad("the signature does not match the text")
            verified += 1
        if verified == 0:
            raise Bad("not signed by the log's key")
        if only and len(lines) != 1:
            raise Bad("other signatures than the log's")
        return text


def decimal(text):
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        raise Bad("not a decimal number")
    return int(text)


def open_checkpoint(key, note, own):
    """Size and root (C2SP tlog-checkpoint)."""
    lines = key.open_note(note, only=own).split("\n")
    if len(lines) < 4 or lines[0] != key.name or "" in lines[3:-1] or (own and len(lines) != 4):
        raise Bad("not a checkpoint of this log")
    root = strict_base64(lines[2])
    if len(root) != 32:
        raise Bad("the root is not a hash")
    return decimal(lines[1]), root


# --- The Merkle tree (RFC 6962, section 2.1) --------------------------------------------------------------


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def largest_power_below(n):
    return 1 << ((n - 1).bit_length() - 1)


class Tree:
    """Grows leaf by leaf; knows its root at any moment."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def push(self, leaf):
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            root = node_hash(left, root)
        return root


def root_from_path(leaf, index, size, path):
    """Section 2.1.1 the other way round: the root that an audit path leads to."""
    if size <= 1:
        if path or index != 0 or size != 1:
            raise Bad("the path has the wrong length")
        return leaf
    if not path or index >= size:
        raise Bad("the path has the wrong length")
    split = largest_power_below(size)
    if index < split:
        return node_hash(root_from_path(leaf, index, split, path[:-1]), path[-1])
    return node_hash(path[-1], root_from_path(leaf, index - split, size - split, path[:-1]))


# --- Canonical JSON (RFC 8785) ------------------------------------------------------------------------------

MAX_EVENT_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64


def canonical_number(value):
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise Bad("integer beyond 2^53 - 1")
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise Bad("number is not finite")
    if value == 0:
        return "0"
    # Python's shortest digits, laid out as ECMAScript does.
    digits, exponent = re.fullmatch(r"-?(.*)e(.*)", format_shortest(value)).groups()
    digits, point = digits.replace(".", "").rstrip("0") or "0", int(exponent) + 1
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
        if int(text) > 2**53 - 1:
            raise Bad("integer beyond 2^53 - 1")
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        text = "%se%+d" % (mantissa, point - 1)
    return ("-" if value < 0 else "") + text


def format_shortest(value):
    """repr() as one digit, a point, more digits, and an exponent."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    shift = len(whole) - 1 - leading_zeros + int(exponent or 0)
    return "%s.%se%d" % (digits[0], digits[1:] or "0", shift)


def canonical_string(text):
    out = []
    for c in text:
        if 0xD800 <= ord(c) <= 0xDFFF:
            raise Bad("half a surrogate pair")
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c)
        out.append(short or ("\\u%04x" % ord(c) if ord(c) < 32 else c))
    return '"' + "".join(out) + '"'


def canonical(value, depth=0):
    if depth > MAX_DEPTH:
        raise Bad("nested too deeply")
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return canonical_number(value)
    if isinstance(value, str):
        return canonical_string(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(canonical_string(key) + ":" + canonical(value[key], depth + 1) for key in keys) + "}"


def check_canonical(body):
    if len(body) > MAX_EVENT_BYTES:
        raise Bad("too long")
    try:
        text = body.decode("utf-8")
        # A second key of the same name would vanish here, and the comparison would notice.
        again = canonical(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Bad("not JSON: %s" % error)
    if again != text:
        raise Bad("not the canonical form")


# --- The seal ----------------------------------------------------------------------------------------------


def covers(part, path):
    private = path.startswith("private/")
    if part == "folder":
        return path != "seal" and (not private or path == "private/seal")
    return private and path != "private/seal"


def open_seal(key, note, part):
    lines = key.open_note(note, only=True).split("\n")[:-1]
    if lines[:3] != ["record seal v1", key.name, part]:
        raise Bad("not the seal of this part of this log")
    listing = {}
    for line in lines[3:]:
        sha256, size, path = (line.split(" ", 2) + ["", ""])[:3]
        listing[path] = (sha256, decimal(size))
    return listing


def walk(folder):
    """Every path that is not a folder, and whether it is a plain file."""
    found = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        for entry in os.scandir(os.path.join(folder, below)):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append(below + entry.name + "/")
            else:
                found[below + entry.name] = stat.S_ISREG(mode)
    return found


def digest(path):
    sha256, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 16), b""):
            sha256.update(piece)
            size += len(piece)
    return sha256.hexdigest(), size


# --- A record's folder ---------------------------------------------------------------------------------------


class Report:
    def __init__(self):
        self.findings, self.size, self.root = [], None, None

    def find(self, code, place, detail):
        self.findings.append({"code": code, "place": place, "detail": str(detail)})

    def attempt(self, code, place, work):
        """The work's result, or None and a finding."""
        try:
            return work()
        except (Bad, OSError, UnicodeDecodeError, sqlite3.Error) as error:
            self.find(code, place, error)
            return None


def read_text(path):
    return path.read_bytes().decode("utf-8")


def read_key(folder):
    text = read_text(folder / "log.vkey")
    if not text.endswith("\n"):
        raise Bad("its line has no end")
    return Key(text[:-1])


def vault_name_is(path, sha256):
    return path == "vault/%s/%s" % (sha256[:2], sha256)


def check_sealed_part(report, folder, key, part, erased, with_private):
    place = "seal" if part == "folder" else "private/seal"
    listing = report.attempt("seal", place, lambda: open_seal(key, read_text(folder / place), part))
    if listing is None:
        return
    missing = dict(listing)
    for path, plain in sorted(walk(folder).items()):
        if plain and not covers(part, path):
            continue
        expected = missing.pop(path, None)
        if not plain:
            report.find("not_a_file", path, "only plain files belong into a record")
        elif expected is None:
            report.find("file_unknown", path, "it was not there when the record was closed")
        elif digest(folder / path) != expected:
            report.find("file_changed", path, "it is not what was sealed")
    for path in missing:
        if path.startswith("vault/") and path.rpartition("/")[2] in erased:
            continue
        if path.startswith("private/") and not with_private:
            continue
        report.find("file_missing", path, "it was sealed and is gone")
    for path, (sha256, _) in listing.items():
        if path.startswith("vault/") and not vault_name_is(path, sha256):
            report.find("vault", path, "the name is not the digest of the content")


def check_files(report, folder, key, erased, unsealed):
    if not (folder / "seal").exists():
        if not unsealed:
            report.find("not_sealed", "", "the record is in use, or was not closed")
        for path in sorted(walk(folder)):
            if path.startswith("vault/") and not path.endswith(".incoming"):
                if not vault_name_is(path, digest(folder / path)[0]):
                    report.find("vault", path, "the name is not the digest of the content")
        return
    if key is None:
        return
    with_private = (folder / "private").exists()
    check_sealed_part(report, folder, key, "folder", erased, with_private)
    if with_private:
        check_sealed_part(report, folder, key, "private", erased, with_private)


def open_database(folder, scratch):
    """Read-only. What a crash left is read from a copy, as SQLite would write beside it."""
    path, ahead = folder / "log.sqlite", folder / "log.sqlite-wal"
    if not path.is_file():
        raise Bad("it is missing")
    if ahead.exists() and not (folder / "seal").exists():
        shutil.copy(path, scratch)
        shutil.copy(ahead, scratch)
        uri = "file:%s?mode=ro" % quote(os.path.join(scratch, "log.sqlite"))
    else:
        uri = "file:%s?mode=ro&immutable=1" % quote(str(path.resolve()))
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = bytes
    return database


# One table of events, one index over the batches' keys, and two triggers that refuse changes.
SCHEMA_SHA256 = "7382be51bfaa4e15d17afe963233516a21717c87f26f4302bc1d72678830be5a"


def rows_of(database):
    header = [database.execute("PRAGMA " + name).fetchone()[0] for name in ("application_id", "user_version")]
    if header != [0x44414550, 1]:
        raise Bad("not a log of this version")
    for (line,) in database.execute("PRAGMA integrity_check"):
        if line != b"ok":
            raise Bad(line.decode("utf-8", "replace"))
    schema = sorted(sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    if hashlib.sha256(b"\n".join(schema)).hexdigest() != SCHEMA_SHA256:
        raise Bad("the schema is not the log's")
    return database.execute("SELECT idx, body, batch_key, batch_digest FROM event ORDER BY idx")


def batch_digest(key, first, leaves):
    return hashlib.sha256(struct.pack(">Q", len(key)) + key + struct.pack(">Q", first) + b"".join(leaves)).digest()


class Events:
    """Walks over the events, and remembers the roots at the sizes that somebody signed for."""

    def __init__(self, report, promises):
        self.report, self.tree, self.roots = report, Tree(), {}
        self.wanted = {size for size, _ in promises.values()}
        self.batch = None
        self.note_root()

    def note_root(self):
        if self.tree.size in self.wanted:
            self.roots[self.tree.size] = self.tree.root()

    def event(self, body):
        index = self.tree.size
        self.report.attempt("event_not_canonical", "event %d" % index, lambda: check_canonical(body))
        leaf = leaf_hash(body)
        self.tree.push(leaf)
        self.note_root()
        return leaf

    def row(self, index, body, key, claimed):
        expected = self.tree.size
        if index != expected:
            self.report.find("event_missing", "event %d" % expected, "%d is there" % index)
        if not isinstance(body, bytes):
            raise Bad("an event is not a blob")
        leaf = self.event(body)
        if key is not None and claimed is not None:
            self.end_batch()
            self.batch = (key, claimed, expected, [])
        if self.batch is None:
            self.report.find("batch", "event %d" % expected, "it belongs to no batch")
        else:
            self.batch[3].append(leaf)

    def end_batch(self):
        if self.batch is not None:
            key, claimed, first, leaves = self.batch
            if batch_digest(key, first, leaves) != claimed:
                self.report.find("batch", "event %d" % first, "key, place and events do not belong together")
            self.batch = None


def check_promises(report, events, promises, exact):
    for code, (size, root) in promises.items():
        place = "checkpoint" if code == "checkpoint" else ""
        if events.roots.get(size) != root:
            detail = "the log does not contain the %d events it covers" % size
            report.find(code + "_mismatch", place, detail)
        elif exact and code == "checkpoint" and size != events.tree.size:
            report.find(code + "_mismatch", place, "events follow after it")


def read_promises(report, folder, key, kept):
    promises = {}
    if key is None:
        return promises
    text = report.attempt("checkpoint", "checkpoint", lambda: read_text(folder / "checkpoint"))
    if text is not None:
        promises["checkpoint"] = report.attempt("checkpoint", "checkpoint", lambda: open_checkpoint(key, text, True))
    if kept is not None:
        promises["kept_checkpoint"] = report.attempt("kept_checkpoint", "", lambda: open_checkpoint(key, kept, False))
    return {code: promise for code, promise in promises.items() if promise is not None}


def verify_folder(folder, trusted=None, kept=None, erased=(), unsealed=False):
    report = Report()
    key = report.attempt("vkey", "log.vkey", lambda: read_key(folder))
    if trusted is not None:
        if key is not None and key.text != trusted.text:
            report.find("vkey", "log.vkey", "it is another key than the expected one")
        key = trusted
    exported = (folder / "events.jsonl").exists() and not (folder / "log.sqlite").exists()
    if not exported:
        report.attempt("unreadable", "", lambda: check_files(report, folder, key, erased, unsealed))
    promises = read_promises(report, folder, key, kept)
    events = Events(report, promises)
    if exported:
        report.attempt("database", "events.jsonl", lambda: read_export(report, folder, events))
    else:
        report.attempt("database", "log.sqlite", lambda: read_database(folder, events))
    report.size, report.root = events.tree.size, events.tree.root()
    sealed = (folder / "seal").exists()
    check_promises(report, events, promises, exact=sealed or exported)
    return report


def read_database(folder, events):
    with tempfile.TemporaryDirectory() as scratch:
        database = open_database(folder, scratch)
        try:
            for row in rows_of(database):
                events.row(*row)
            events.end_batch()
        finally:
            database.close()


# --- An export -------------------------------------------------------------------------------------------------


def tile_path(level, number, width):
    path = "%03d" % (number % 1000)
    while number >= 1000:
        number //= 1000
        path = "x%03d/%s" % (number % 1000, path)
    return "tile/%s/%s%s" % (level, path, ".p/%d" % width if width < 256 else "")


def tiles_of(bodies):
    """Every tile the events call for, by path (C2SP tlog-tiles)."""
    tiles = {}
    level, hashes = 0, [leaf_hash(body) for body in bodies]
    while hashes:
        above = []
        for first in range(0, len(hashes), 256):
            tile = hashes[first : first + 256]
            tiles[tile_path(level, first // 256, len(tile))] = b"".join(tile)
            if len(tile) == 256:
                tree = Tree()
                for node in tile:
                    tree.push(node)
                above.append(tree.root())
        level, hashes = level + 1, above
    return tiles


def read_export(report, folder, events):
    data = (folder / "events.jsonl").read_bytes()
    if data and not data.endswith(b"\n"):
        raise Bad("its last line has no end")
    bodies = data.split(b"\n")[:-1]
    for body in bodies:
        events.event(body)
    tiles = tiles_of([body for body in bodies if len(body) <= MAX_EVENT_BYTES])
    known = {"events.jsonl", "checkpoint", "log.vkey"}
    for path, plain in sorted(walk(folder).items()):
        if not plain:
            report.find("not_a_file", path, "only plain files belong into an export")
        elif path in tiles:
            if (folder / path).read_bytes() != tiles.pop(path):
                report.find("file_changed", path, "it does not follow from the events")
        elif path not in known:
            report.find("file_unknown", path, "it does not belong into an export")
    for path in tiles:
        report.find("file_missing", path, "the events call for it")


# --- Receipts (C2SP tlog-proof) ----------------------------------------------------------------------------------


def verify_receipt(text, key, event):
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Bad("not a receipt")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise Bad("the receipt names no index")
    index = decimal(lines[1][len("index ") :])
    path = [strict_base64(line) for line in lines[2:]]
    if any(len(node) != 32 for node in path):
        raise Bad("a line of the path is not a hash")
    size, root = open_checkpoint(key, checkpoint, own=False)
    if len(path) > 64 or root_from_path(leaf_hash(event), index, size, path) != root:
        raise Bad("the receipt does not belong to this event")
    return index, size


# --- The command line ----------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="Verify a record's folder, an export of one, or a receipt.")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--vkey", help="the log's verifier key, from a trusted place")
    parser.add_argument("--kept", type=Path, help="a checkpoint kept elsewhere")
    parser.add_argument("--erased", nargs="*", default=[], help="commitments erased on purpose")
    parser.add_argument("--unsealed", action="store_true", help="accept a folder that is in use or was not closed")
    parser.add_argument("--receipt", type=Path)
    parser.add_argument("--event", type=Path, help="the event's bytes, for --receipt")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        key = Key(options.vkey) if options.vkey else None
        if options.receipt:
            if not (key and options.event):
                parser.error("--receipt needs --event and --vkey")
            index, size = verify_receipt(read_text(options.receipt), key, options.event.read_bytes())
            print("event %d is in the log of %d events" % (index, size))
            return 0
    except (Bad, OSError, UnicodeDecodeError) as error:
        print(error)
        return 1
    if not options.folder:
        parser.error("a folder is needed")
    kept = read_text(options.kept) if options.kept else None
    report = verify_folder(options.folder, key, kept, set(options.erased), options.unsealed)
    root = base64.b64encode(report.root).decode()
    if options.json:
        print(json.dumps({"sound": not report.findings, "size": report.size, "root": root, "findings": report.findings}))
    else:
        for finding in report.findings:
            print("%(code)s at %(place)s: %(detail)s" % finding)
        print("%d events under %s: %s" % (report.size, root, "wrong" if report.findings else "sound"))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
