"""What the FastAPI of an audit can do."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from bench.analysis.audit.findings.evidence import AuditEvidence

PYDANTIC_WRITES_JSON = Version("0.130.0")
"""From here on, with a response model and the default response class."""
DEPRECATES_JSON_CLASSES = Version("0.131.0")


def has_fastapi(app: AuditEvidence, since: Version) -> bool:
    """Whether the app runs on FastAPI of that release or a newer one."""
    try:
        return Version(app.audit.stack.packages["fastapi"]) >= since
    except (KeyError, InvalidVersion):
        return False
