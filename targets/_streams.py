"""The users as streams: server-sent events and JSON Lines, a chunk a user."""

import json
from collections.abc import AsyncIterator, Iterable

from _users import users

SSE, JSON_LINES = "text/event-stream", "application/jsonl"
MOST = 100

_ENCODED = [json.dumps(user.public(), ensure_ascii=False, separators=(",", ":")).encode() for user in users(MOST)]
EVENTS = [b"data: " + one + b"\n\n" for one in _ENCODED]
LINES = [one + b"\n" for one in _ENCODED]


async def each(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Chunks that are ready, as an endpoint would yield them."""
    for chunk in chunks:
        yield chunk
