"""Answers made at import, for targets that measure everything but the making: bodies keyed by the limit asked for."""

import json

from _export import csv_text, rows
from _users import users

PLAIN = b"Hello, world!"


def _json(limit: int) -> bytes:
    return json.dumps([user.public() for user in users(limit)], ensure_ascii=False, separators=(",", ":")).encode()


JSON = {limit: _json(limit) for limit in (1, 100, 1000)}
CSV = {limit: csv_text(rows(limit)).encode() for limit in (1000,)}
