"""Where uvicorn's loggers write: errors to the error stream, as far as they are few; the access log to a file."""

from __future__ import annotations

import copy
import io
import logging
import sys
from typing import Any

from uvicorn.config import LOGGING_CONFIG

from bench.agent.servers.access_log import AccessLog

_LOGGED_CHARACTERS = 100_000


def logging_config(access_log: str | None) -> dict[str, Any]:
    """uvicorn's own logging, which formats what it always does; access lines go to the file `access_log`, if any."""
    config = copy.deepcopy(LOGGING_CONFIG)
    handlers: dict[str, Any] = config["handlers"]
    handlers["default"] = {"formatter": "default", "class": f"{__name__}.{ErrorLog.__name__}"}
    handlers["access"] = {"formatter": "access", "class": "logging.NullHandler"}
    if access_log is not None:
        handlers["access"] |= {"class": f"{AccessLog.__module__}.{AccessLog.__name__}", "filename": access_log}
    config["loggers"]["uvicorn.error"]["level"] = "WARNING"
    return config


class ErrorLog(logging.StreamHandler):  # type: ignore[type-arg]
    """The error stream; and the last line of all that says why something failed."""

    last = ""

    def __init__(self) -> None:
        super().__init__(_FirstWords())

    def emit(self, record: logging.LogRecord) -> None:
        if reason := _reason(record):
            ErrorLog.last = reason
        super().emit(record)


def _reason(record: logging.LogRecord) -> str:
    """Of a traceback the last line: the exception. uvicorn's last word on a failed start has no reason."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        return f"{type(error).__name__}: {error}"
    lines = record.getMessage().strip().splitlines()
    return "" if not lines or lines[-1].startswith("Application startup failed") else lines[-1]


class _FirstWords(io.TextIOBase):
    """An error stream of which only so much is kept: an app that fails at each request writes a traceback at each."""

    def __init__(self) -> None:
        self._left = _LOGGED_CHARACTERS

    def write(self, text: str) -> int:
        if self._left > 0:
            sys.stderr.write(text)
            self._left -= len(text)
        return len(text)
