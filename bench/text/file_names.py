"""Names of cases as parts of file names and of anchors: safe on every system, and no two cases under one name."""

from __future__ import annotations

import hashlib
import re

from bench.model.workload import Case

_PLAIN = re.compile(r"[A-Za-z0-9_:.-]*")
_OTHERS = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 100


def file_name(text: str) -> str:
    """`fastapi_plain:plain` as `fastapi_plain-plain`. Of what has other characters, as `GET /users/{id}` does, a hash
    is a part: without it `GET /users/id/` would be the same."""
    if _PLAIN.fullmatch(text) and len(text) <= _LONGEST:
        return _OTHERS.sub("-", text)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_OTHERS.sub('-', text)[:_LONGEST].strip('-')}-{digest}"


def file_stem(case: Case) -> str:
    """What the names of a case's own files begin with: `fastapi_plain.plain`, or `GET-users-id-1f0c2a9b`."""
    dotted = f"{case.target}.{case.request}"
    return dotted if ":" not in case.target and _PLAIN.fullmatch(dotted) else file_name(case.id)
