"""The content digest of a small table, written from docs/formats/dataset.md alone: the value in src/data/ingest_test.cc.

Needs nothing but Python 3.
"""

import hashlib
import json
import struct
from datetime import datetime, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def encode(value, kind):
    if value is None:
        return b"\0"
    if kind == "text":
        raw = value.encode()
        return b"\1" + struct.pack("<Q", len(raw)) + raw
    if kind == "number":
        return b"\1" + struct.pack("<d", value)
    if kind == "timestamp":
        delta = value - EPOCH
        value = (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds
    return b"\1" + struct.pack("<q", int(value))


def table_digest(columns):
    described = [
        {"name": name, "sha256": hashlib.sha256(b"".join(encode(v, kind) for v in values)).hexdigest(), "type": kind}
        for name, kind, values in columns
    ]
    table = {"columns": described, "format": "gyre-table-1", "rows": len(columns[0][2])}
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    day = datetime(2013, 10, 1, tzinfo=timezone.utc)
    print(
        table_digest(
            [
                ("a", "integer", [1, -2]),
                ("x", "number", [0.5, None]),
                ("t", "text", ["é", None]),
                ("b", "boolean", [True, False]),
                ("at", "timestamp", [day, day.replace(hour=5, microsecond=250_000)]),
            ]
        )
    )
