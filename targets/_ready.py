"""Answers made at import, for targets that measure everything but the making: bodies keyed by the limit asked for."""

import json

from _errors import INVALID, NOT_FOUND
from _export import csv_text, rows
from _users import users


def _encoded(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


PLAIN = b"Hello, world!"
HEALTH = _encoded({"status": "ok"})
USER = _encoded(next(users(1)).public())
ERROR_404 = _encoded(NOT_FOUND)
ERROR_422 = _encoded(INVALID)
JSON = {limit: _encoded([user.public() for user in users(limit)]) for limit in (1, 10, 100, 1000, 10_000)}
CSV = {limit: csv_text(rows(limit)).encode() for limit in (1000,)}
